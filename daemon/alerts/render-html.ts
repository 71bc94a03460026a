import { html, type Markup } from './html.ts';
import type { NotedAlert, Notification, Picture, Topic } from './notification.ts';
import {
  ALERTS_IN_FULL,
  sayHowSure,
  sayOthers,
  sayResolved,
  saySentence,
  sayStillFiring,
  SIMULATED,
  TICKET,
  TOPICS_IN_FULL,
} from './render-text.ts';
import { oneLine, sayLength, saySlice, sayTime, sayWindow } from './say-alert.ts';

/** By this id the mail's own picture is shown: nothing is fetched from anywhere. */
export const PICTURE_ID = 'picture@serin';

const LABELS = { firing: 'Firing', repeat: 'Still firing', resolved: 'Resolved', test: 'Test' } as const;

// Mail programs that drop <style> show the inline styles: dark text on white. Those that keep it follow the reader's theme.
const STYLE = `
  :root { color-scheme: light dark; supported-color-schemes: light dark; }
  a { text-decoration: none; }
  @media (prefers-color-scheme: dark) {
    .page { background: #12161b !important; }
    .card { background: #1b2128 !important; border-color: #2c353f !important; }
    .text { color: #e8edf2 !important; }
    .faint { color: #9fb0c0 !important; }
    .rule { border-color: #2c353f !important; }
    .link { color: #7cc0ff !important; }
    .quiet { background: #26303a !important; color: #e8edf2 !important; border-color: #3a4754 !important; }
  }
  @media (max-width: 560px) {
    .card { padding: 20px 16px !important; }
    .button { display: block !important; text-align: center !important; margin-right: 0 !important; }
  }`;

const FONT = `font-family: -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif`;
const TEXT = '#1f2933';
const FAINT = '#616e7c';

/**
 * The notification as an HTML page for mail: no script, nothing remote, all foreign text escaped.
 * @param picture sent along under `PICTURE_ID`
 */
export function renderHtml(notification: Notification, picture: Picture | undefined): string {
  const { topics, resolved, stillFiring } = notification;
  const [first, ...others] = topics.slice(0, TOPICS_IN_FULL);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${notification.subject}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body class="page" style="margin: 0; padding: 24px 12px; background: #f2f4f6; ${FONT}">
        <div style="display: none; max-height: 0; overflow: hidden">${preview(notification)}</div>
        <div
          class="card text"
          style="max-width: 640px; margin: 0 auto; padding: 28px 32px; background: #ffffff; border: 1px solid #e4e7eb; border-radius: 12px; color: ${TEXT}; font-size: 15px; line-height: 1.5"
        >
          ${banner(notification)} ${head(notification, first)} ${first ? lead(first, notification.at, picture) : html``}
          ${actions(notification, first)} ${others.map((topic) => paragraph(topic))}
          ${topics.length > TOPICS_IN_FULL ? remark(sayOthers(topics)) : html``} ${resolvedList(resolved)}
          ${stillFiring > 0 ? remark(sayStillFiring(stillFiring)) : html``} ${foot(notification)}
        </div>
      </body>
    </html> `;
  return page.source;
}

/** What the list of mails shows after the subject. */
function preview({ topics, kind }: Notification): string {
  const worst = topics[0]?.alerts[0];
  if (worst !== undefined) return saySentence(worst.reason);
  return kind === 'test' ? 'This is a test.' : 'Back within limits.';
}

function banner({ simulated }: Notification): Markup {
  if (!simulated) return html``;
  return html`<div
    style="margin: 0 0 20px; padding: 10px 14px; background: #fff3c4; border: 1px solid #f0b429; border-radius: 8px; color: #513c06; font-size: 13px; font-weight: 600"
  >
    ${SIMULATED}
  </div>`;
}

function head({ kind, model, topics }: Notification, first: Topic | undefined): Markup {
  const [background, colour] = PILLS[kind];
  const worst = first?.alerts[0];
  const where = worst === undefined ? '' : ` ${saySlice(worst.slice)}`;
  const title =
    topics[0] === undefined
      ? kind === 'test'
        ? 'This channel works'
        : 'Back within limits'
      : `${topics[0].headline}${where}`;
  return html`<p style="margin: 0 0 10px; font-size: 13px">
      <span
        style="display: inline-block; padding: 2px 10px; border-radius: 999px; background: ${background}; color: ${colour}; font-weight: 700; letter-spacing: 0.02em"
        >${LABELS[kind]}</span
      >
      <span class="faint" style="color: ${FAINT}; margin-left: 6px">${oneLine(model, 80)}</span>
    </p>
    <h1
      class="text"
      style="margin: 0 0 8px; font-size: 22px; line-height: 1.3; color: ${TEXT}; overflow-wrap: anywhere"
    >
      ${oneLine(title, 160)}
    </h1>`;
}

const PILLS = {
  firing: ['#c81e1e', '#ffffff'],
  repeat: ['#b45309', '#ffffff'],
  resolved: ['#1d7a46', '#ffffff'],
  test: ['#2563a8', '#ffffff'],
} as const;

function lead(topic: Topic, now: number, picture: Picture | undefined): Markup {
  const [worst, ...rest] = topic.alerts;
  if (worst === undefined) return html``;
  return html`<p style="margin: 0 0 18px">${saySentence(worst.reason)}</p>
    ${picture === undefined ? html`` : image(picture)}
    <table
      role="presentation"
      cellpadding="0"
      cellspacing="0"
      style="margin: 0 0 18px; font-size: 14px; line-height: 1.5"
    >
      ${row('Since', `${sayTime(topic.since)}, for ${sayLength(now - topic.since)}`)}
      ${row('Where', `${saySlice(worst.slice).replace(/^in /, '')}, version ${oneLine(worst.version, 60)}`)}
      ${row('Judged', sayWindow(worst.window.from, worst.window.to))} ${row('How sure', sayHowSure(worst))}
      ${worst.severity === 'ticket' ? row('Urgency', TICKET) : html``}
      ${rest.slice(0, ALERTS_IN_FULL - 1).map((alert) => row('Also', `${saySlice(alert.slice)}: ${sayHowSure(alert)}`))}
      ${rest.length >= ALERTS_IN_FULL ? row('', `and ${rest.length - ALERTS_IN_FULL + 1} more`) : html``}
    </table>`;
}

function image({ description, widthPixels }: Picture): Markup {
  return html`<img
    src="cid:${PICTURE_ID}"
    width="${widthPixels}"
    alt="${description}"
    style="display: block; width: 100%; max-width: ${widthPixels}px; height: auto; box-sizing: border-box; margin: 0 0 18px; border: 1px solid #e4e7eb; border-radius: 8px"
  />`;
}

function row(name: string, value: string): Markup {
  return html`<tr>
    <td class="faint" style="padding: 2px 16px 2px 0; color: ${FAINT}; vertical-align: top; white-space: nowrap">
      ${name}
    </td>
    <td class="text" style="padding: 2px 0; color: ${TEXT}; overflow-wrap: anywhere">${value}</td>
  </tr>`;
}

function actions({ kind, links }: Notification, first: Topic | undefined): Markup {
  if (kind === 'test') return html``;
  const main =
    kind === 'resolved'
      ? button(links.model, 'Open the model', true)
      : button(links.alert, 'Acknowledge or silence', true);
  return html`<p style="margin: 0 0 8px">
    ${main} ${first === undefined ? html`` : lookButtons(first)}
    ${kind === 'resolved' ? html`` : button(links.traffic, 'The traffic behind it', false)}
  </p>`;
}

function lookButtons({ url, alerts }: Topic): Markup {
  const links = alerts[0]?.links;
  if (links?.slowestTraces === undefined || links.failingTraces === undefined)
    return button(url, 'See what moved', false);
  return html`${button(links.slowestTraces, 'Slowest traces', false)}
  ${button(links.failingTraces, 'Failing traces', false)}`;
}

function button(url: string, text: string, main: boolean): Markup {
  const look = main
    ? 'background: #1d4ed8; color: #ffffff; border: 1px solid #1d4ed8'
    : `background: #ffffff; color: ${TEXT}; border: 1px solid #cbd2d9`;
  return html`<a
    class="button ${main ? '' : 'quiet'}"
    href="${url}"
    style="display: inline-block; margin: 0 8px 8px 0; padding: 9px 16px; border-radius: 8px; font-size: 14px; font-weight: 600; ${look}"
    >${text}</a
  >`;
}

function paragraph(topic: Topic): Markup {
  const shown = topic.alerts.slice(0, ALERTS_IN_FULL);
  const hidden = topic.alerts.length - shown.length;
  return html`<div class="rule" style="margin: 14px 0 0; padding: 14px 0 0; border-top: 1px solid #e4e7eb">
    <p style="margin: 0 0 4px; font-weight: 600; overflow-wrap: anywhere">
      <a class="link" href="${topic.url}" style="color: #1d4ed8">${oneLine(topic.headline, 120)}</a>
      <span class="faint" style="color: ${FAINT}; font-weight: 400"> since ${sayTime(topic.since)}</span>
      ${failingLink(topic)}
    </p>
    ${shown[0] === undefined ? html`` : sentence(shown[0])} ${shown.map((alert) => line(alert))}
    ${hidden > 0 ? remark(`and ${hidden} more`) : html``}
  </div>`;
}

function failingLink({ alerts }: Topic): Markup {
  const url = alerts[0]?.links?.failingTraces;
  return url === undefined ? html`` : html`<a class="link" href="${url}" style="color: #1d4ed8">failing traces</a>`;
}

function sentence({ reason }: NotedAlert): Markup {
  return html`<p class="text" style="margin: 0; font-size: 14px; color: ${TEXT}; overflow-wrap: anywhere">
    ${saySentence(reason)}
  </p>`;
}

function line(alert: NotedAlert): Markup {
  return html`<p class="faint" style="margin: 0; font-size: 14px; color: ${FAINT}; overflow-wrap: anywhere">
    ${saySlice(alert.slice)}: ${sayHowSure(alert)}
  </p>`;
}

function resolvedList(resolved: readonly Topic[]): Markup {
  const alerts = resolved.flatMap((topic) => topic.alerts);
  if (alerts.length === 0) return html``;
  return html`<div class="rule" style="margin: 14px 0 0; padding: 14px 0 0; border-top: 1px solid #e4e7eb">
    <p style="margin: 0 0 4px; font-weight: 600">Back within limits</p>
    ${alerts.slice(0, 30).map((alert) => html`<p style="margin: 0; font-size: 14px">${sayResolved(alert)}</p>`)}
    ${alerts.length > 30 ? remark(`and ${alerts.length - 30} more`) : html``}
  </div>`;
}

function remark(text: string): Markup {
  return html`<p class="faint" style="margin: 14px 0 0; font-size: 14px; color: ${FAINT}; overflow-wrap: anywhere">
    ${text}
  </p>`;
}

function foot({ at, kind }: Notification): Markup {
  const advice = kind === 'firing' || kind === 'repeat' ? ' An acknowledged alert is not repeated.' : '';
  return html`<p
    class="faint rule"
    style="margin: 20px 0 0; padding: 14px 0 0; border-top: 1px solid #e4e7eb; font-size: 12px; color: ${FAINT}"
  >
    Serin, ${sayTime(at)}. All times are UTC.${advice}
  </p>`;
}
