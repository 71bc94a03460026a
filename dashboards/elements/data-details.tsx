import { useState } from 'preact/hooks';
import { DataTable } from './data-table.tsx';

interface DataDetailsProps {
  readonly caption: string;
  readonly head: readonly string[];
  /** Made only when the table is opened. */
  readonly rows: () => readonly (readonly string[])[];
}

const MOST_ROWS = 300;

/** The numbers behind a picture as a table, for those who cannot see it or want to copy them. */
export function DataDetails({ caption, head, rows }: DataDetailsProps) {
  const [open, setOpen] = useState(false);
  const shown = open ? rows() : [];
  return (
    <details class="data" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {open && (
        <DataTable heads={head} label={caption}>
          {shown.slice(-MOST_ROWS).map((row) => (
            <tr key={row[0]}>
              {row.map((cell, i) => (
                <td key={i}>{cell}</td>
              ))}
            </tr>
          ))}
        </DataTable>
      )}
    </details>
  );
}
