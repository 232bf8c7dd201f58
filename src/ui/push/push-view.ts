/** The work of a push that is under way, as lines for the bottom of a terminal. Pure: events and the time in, lines out. */
import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes, formatElapsed } from '../../core/units.ts';
import type { PushEvent } from '../../release/apply/events.ts';
import { displayWidth, fit, pad } from '../display-width.ts';
import type { Output } from '../output.ts';
import { ServiceColumn } from '../service-column.ts';

interface Row {
  /** null: the work is of no single service. */
  readonly service: string | null;
  readonly work: string;
  readonly detail: string;
  readonly sinceMs: number;
}

export interface PushView {
  readonly services: readonly string[];
  /** By service or image. */
  readonly rows: ReadonlyMap<string, Row>;
  /** The stage of the push as a whole. */
  readonly stage: { readonly text: string; readonly sinceMs: number } | null;
  /** Images to build or pull: all, and those not ready yet. */
  readonly images: { readonly all: number; readonly toCome: ReadonlySet<string> };
}

export const emptyPushView = (services: readonly string[]): PushView => ({
  services,
  rows: new Map(),
  stage: null,
  images: { all: 0, toCome: new Set() },
});

/** Returns true if nothing is under way. */
export const isIdle = ({ rows, stage }: PushView): boolean => rows.size === 0 && stage === null;

const bytes = (doneBytes: number, totalBytes: number): string =>
  `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;

/** Returns `view` with `row`; its time continues if the work is the same. */
function withRow(view: PushView, key: string, row: Omit<Row, 'sinceMs'>, nowMs: number): PushView {
  const before = view.rows.get(key);
  const sinceMs = before?.work === row.work ? before.sinceMs : nowMs;
  return { ...view, rows: new Map(view.rows).set(key, { ...row, sinceMs }) };
}

function withoutRow(view: PushView, key: string): PushView {
  const rows = new Map(view.rows);
  rows.delete(key);
  return { ...view, rows };
}

function withStage(view: PushView, text: string, nowMs: number): PushView {
  return { ...view, stage: { text, sinceMs: view.stage?.sinceMs ?? nowMs } };
}

/** Returns `view` without an image that is ready. */
function withMade(view: PushView, key: string, nowMs: number): PushView {
  const toCome = new Set(view.images.toCome);
  toCome.delete(key);
  return withImages(withoutRow(view, key), { all: view.images.all, toCome }, nowMs);
}

function withImages(view: PushView, images: PushView['images'], nowMs: number): PushView {
  if (images.all === 0) return withStage(view, 'starting the services', nowMs);
  const made = (images.all - images.toCome.size).toString();
  const text = images.all === 1 ? 'making the image' : `${made} of ${images.all.toString()} images ready`;
  return withStage({ ...view, images }, text, nowMs);
}

/** Returns `view` after `event`. */
export function nextPushView(view: PushView, event: PushEvent, nowMs: number): PushView {
  switch (event.type) {
    case 'project':
      return withStage(emptyPushView(event.services), 'reading the project', nowMs);
    case 'planned': {
      const keys = event.plan.images.map(it => (it.action === 'build' ? it.service : it.reference));
      return withImages(view, { all: keys.length, toCome: new Set(keys) }, nowMs);
    }
    case 'pulling':
      return withRow(view, event.image, { service: null, work: 'pulling', detail: event.image }, nowMs);
    case 'pull-progress': {
      const { image, doneBytes, totalBytes } = event;
      const isHere = totalBytes > 0 && doneBytes >= totalBytes;
      const detail = totalBytes === 0 || isHere ? image : `${image} ${bytes(doneBytes, totalBytes)}`;
      return withRow(view, image, { service: null, work: isHere ? 'unpacking' : 'pulling', detail }, nowMs);
    }
    case 'pulled':
      return withMade(view, event.image, nowMs);
    case 'upload': {
      const { service, sentBytes, totalBytes } = event;
      return withRow(
        view,
        service,
        { service, work: 'sending', detail: bytes(sentBytes, totalBytes) },
        nowMs,
      );
    }
    case 'build-step': {
      const { service, step, of, instruction: detail } = event;
      return withRow(
        view,
        service,
        { service, work: `step ${step.toString()}/${of.toString()}`, detail },
        nowMs,
      );
    }
    case 'built':
      return withMade(view, event.service, nowMs);
    case 'build-failed':
      // The others are cancelled.
      return { ...view, rows: new Map(), stage: null };
    case 'service': {
      const { service, state } = event;
      const started = withStage(view, 'waiting until the services are up', nowMs);
      return state === 'starting'
        ? withRow(started, service, { service, work: 'starting', detail: '' }, nowMs)
        : withoutRow(started, service);
    }
    case 'up':
    case 'done':
      return emptyPushView(view.services);
    case 'volume-copy': {
      const { state, from, to, sizeBytes } = event;
      const size = sizeBytes === 0 ? '' : `, ${formatBytes(sizeBytes)}`;
      return withStage(
        view,
        state === 'copying' ? `copying ${from} to ${to}${size}` : 'moving the project',
        nowMs,
      );
    }
    case 'update-lock':
      return withStage(view, 'waiting for an update lock', nowMs);
    case 'warning':
    case 'large-context':
    case 'build-cached':
    case 'build-way':
    case 'build-output':
    case 'url':
      return view;
  }
}

export interface PushViewFrame {
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly style: Output['styleTalk'];
}

/** A stage that takes less is not shown. */
const patienceMs = 300;
/** Beyond this the time at the end of a line is too far from its text. */
const widest = 100;
/** Width below which a cut text is useless. */
const narrowest = 12;

/** Renders `view` as lines that fit the terminal. */
export function renderPushView(view: PushView, frame: PushViewFrame): string[] {
  const { stage, services } = view;
  const { nowMs, columns, rows } = frame;
  const width = Math.max(1, Math.min(widest, columns - 1));
  if (width < 2 * narrowest) return [];
  const place = ({ service }: Row): number => (service === null ? -1 : services.indexOf(service));
  const lines = [...view.rows.values()]
    .sort((a, b) => place(a) - place(b))
    .map(row => renderRow(row, services, width, frame));
  if (stage !== null && nowMs - stage.sinceMs >= patienceMs)
    lines.push(withTime(sanitizeLine(stage.text), stage.sinceMs, width, frame));
  const limit = Math.max(1, rows - 2);
  if (lines.length <= limit) return lines;
  const hidden = lines.length - limit + 1;
  return [...lines.slice(0, limit - 1), fit(`… and ${hidden.toString()} more`, width)];
}

function renderRow(row: Row, services: readonly string[], width: number, frame: PushViewFrame): string {
  const { service, work, detail, sinceMs } = row;
  const text = sanitizeLine(`${work} ${detail}`.trim());
  if (service === null) return withTime(text, sinceMs, width, frame);
  const column = new ServiceColumn(services, { limit: Math.floor(width / 3) });
  const prefix = column.prefix(service, frame.style);
  return `${prefix} ${withTime(text, sinceMs, width - column.cells - 1, frame)}`;
}

/** `text` in `width` cells, with the elapsed time at the end. */
function withTime(text: string, sinceMs: number, width: number, { nowMs, style }: PushViewFrame): string {
  const elapsed = formatElapsed(nowMs - sinceMs);
  const cells = width - displayWidth(elapsed) - 2;
  return cells < narrowest ? fit(text, width) : `${pad(fit(text, cells), cells)}  ${style('dim', elapsed)}`;
}
