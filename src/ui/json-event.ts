import { toJsonLine } from '../core/json-line.ts';
import type { ScanEvent } from '../discovery/scan/scanned-device.ts';
import type { LogEvent } from '../logs/log-line.ts';
import type { PushEvent } from '../release/apply/events.ts';
import type { LiveEvent } from '../sync/events.ts';
import type { FlashEvent } from '../image/flash/flash-events.ts';
import type { UpdateEvent } from '../host/update/update-events.ts';
import type { UsageEvent } from '../top/usage.ts';
import type { TunnelEvent } from '../tunnel/tunnel-events.ts';
import type { FailureJson } from './failure.ts';

/** The services are followed from here on, until Ctrl-C. */
export interface AttachedEvent {
  readonly type: 'attached';
  /** True if edits are synced; false if only logs are printed. */
  readonly isLive: boolean;
}

/** The end of a command for one of several devices. */
export interface EndedDevice {
  readonly device: string;
  readonly exitCode: number;
}

/** A command ends on one of several devices. The first has the fields of `done` too. */
export type DeviceEndEvent =
  { readonly type: 'device-done' } | { readonly type: 'device-error'; readonly error: FailureJson };

/**
 * One line of a streaming command's output with `--json`; the last one is `done` or `error`. docs/events.schema.json
 * defines the same for the public, and a test compares the two. Fields are added, never renamed.
 */
export type JsonEvent =
  | PushEvent
  | LiveEvent
  | LogEvent
  | ScanEvent
  | AttachedEvent
  | FlashEvent
  | UpdateEvent
  | UsageEvent
  | TunnelEvent
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'done'; readonly devices?: readonly EndedDevice[] }
  | { readonly type: 'error'; readonly error: FailureJson; readonly devices?: readonly EndedDevice[] }
  | DeviceEndEvent;

/** Renders the event as a line of JSON, with the name of its device if it has one. */
export function renderJsonEvent(event: JsonEvent, device?: string): string {
  const { type, ...fields } = event;
  return toJsonLine({ type, ...(device === undefined ? {} : { device }), ...fields });
}
