import { readStorage, writeStorage } from '../theme.ts';
import { entered } from './action-form.tsx';

const NAME_KEY = 'serin.name';

/** Who says so; remembered in this browser. */
export function NameField() {
  return (
    <label>
      Your name
      <input name="by" required maxLength={256} autoComplete="username" defaultValue={readStorage(NAME_KEY) ?? ''} />
    </label>
  );
}

/** The name that was entered, which the next form offers. */
export function enteredName(values: FormData): string {
  const by = entered(values, 'by');
  writeStorage(NAME_KEY, by);
  return by;
}
