import type { ComponentChildren } from 'preact';

interface PanelProps {
  readonly title: string;
  /** One line under the title: what is shown, of what. */
  readonly note?: ComponentChildren;
  /** Controls at the right of the title. */
  readonly actions?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** One titled part of a page. */
export function Panel({ title, note, actions, wide, children }: PanelProps) {
  return (
    <section class={`panel${wide ? ' panel-wide' : ''}`} aria-label={title}>
      <header class="panel-head">
        <div>
          <h2>{title}</h2>
          {note && <p class="note">{note}</p>}
        </div>
        {actions && <div class="panel-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
