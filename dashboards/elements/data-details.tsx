import { useState } from 'preact/hooks';

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
        <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
          <table>
            <caption class="unseen">{caption}</caption>
            <thead>
              <tr>
                {head.map((cell) => (
                  <th key={cell} scope="col">
                    {cell}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.slice(-MOST_ROWS).map((row) => (
                <tr key={row[0]}>
                  {row.map((cell, i) => (
                    <td key={i}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
