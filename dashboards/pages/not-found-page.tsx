import { Link } from 'wouter-preact';
import { useTitle } from '../use-title.ts';

/** An address that no page has. */
export function NotFoundPage() {
  useTitle('No such page');
  return (
    <>
      <h1>No such page</h1>
      <p>
        The address leads nowhere. <Link href="/">All models</Link>
      </p>
    </>
  );
}
