import { Link } from 'wouter-preact';

/** The way back up from a page. */
export function Crumbs({ path }: { readonly path: readonly (readonly [href: string, label: string])[] }) {
  return (
    <nav class="crumbs" aria-label="Where this page is">
      {path.map(([href, label]) => (
        <span key={href}>
          <Link href={href}>{label}</Link>
          <i aria-hidden="true"> / </i>
        </span>
      ))}
    </nav>
  );
}
