import { toJsonLine } from '../core/json-line.ts';
import type { ScanEvent } from '../discovery/scanned-device.ts';
import type { LogEvent } from '../logs/log-line.ts';
import type { PushEvent } from '../release/events.ts';
import type { LiveEvent } from '../sync/events.ts';
import type { FailureJson } from './failure.ts';

/**
 * One line of what a command that streams prints with `--json`; the last one is `done` or `error`. For everybody else
 * docs/events.schema.json says the same, and a test compares the two. Fields are added, never renamed.
 */
export type JsonEvent =
  | PushEvent
  | LiveEvent
  | LogEvent
  | ScanEvent
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly error: FailureJson };

export const renderJsonEvent = (event: JsonEvent): string => toJsonLine(event);
