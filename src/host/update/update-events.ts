/** Events of an update of the host OS. Public: docs/events.schema.json. */
import type { Root } from './update-status.ts';

/** The OS that a device runs. */
export interface RunningOs {
  readonly version: string | null;
  /** Null if the device does not have two roots, or does not say. */
  readonly root: Root | null;
}

export type UpdateEvent =
  /** The file fits the device; nothing was sent yet. */
  | { readonly type: 'update-checked'; readonly from: string | null; readonly to: string }
  /** The device has a part of the file already; the rest is sent. */
  | { readonly type: 'update-resumed'; readonly sentBytes: number; readonly totalBytes: number }
  | { readonly type: 'update-sending'; readonly sentBytes: number; readonly totalBytes: number }
  | { readonly type: 'connection'; readonly state: 'lost' | 'restored' }
  /** A line that hostapp-update printed. */
  | { readonly type: 'update-installing'; readonly line: string }
  | { readonly type: 'update-rebooting' }
  | TrialEvent
  /** The device's health check has kept the new OS. */
  | {
      readonly type: 'updated';
      readonly from: RunningOs;
      readonly to: RunningOs;
      readonly durationMs: number;
    };

/** Events between the reboot and the verdict. */
export type TrialEvent =
  | { readonly type: 'update-booted'; readonly version: string | null; readonly root: Root | null }
  /** A line of the health check, or of the fallback. */
  | { readonly type: 'update-health'; readonly line: string };
