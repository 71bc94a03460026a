import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError } from '../api.ts';
import { Problem } from './loaded.tsx';

interface ActionFormProps {
  readonly title: string;
  readonly button: string;
  /** Said once it is done. */
  readonly done: string;
  readonly children: ComponentChildren;
  /** Sends what was entered. */
  readonly act: (values: FormData) => Promise<unknown>;
}

/** A small form that changes something in the daemon and says what came of it. */
export function ActionForm({ title, button, done, children, act }: ActionFormProps) {
  const [state, setState] = useState<'idle' | 'busy' | 'done' | ApiError>('idle');
  const submit = async (form: HTMLFormElement) => {
    setState('busy');
    try {
      await act(new FormData(form));
      setState('done');
    } catch (cause) {
      setState(cause instanceof ApiError ? cause : new ApiError(0, { code: 'defect', message: String(cause) }));
    }
  };
  return (
    <form
      class="action"
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      <h3>{title}</h3>
      {children}
      <button type="submit" disabled={state === 'busy'}>
        {button}
      </button>
      {state === 'done' && <p role="status">{done}</p>}
      {state instanceof ApiError && <Problem error={state} />}
    </form>
  );
}

/** Text of one field of a form. */
export function entered(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
