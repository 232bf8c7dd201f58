import type { DeviceIdentity } from '../device/identity.ts';
import type { InterfaceFailure } from './found-device.ts';

/** One device of a scan: everything that was found to be the same machine. */
export interface ScannedDevice {
  /** Unique within a scan, the same for all of a device's events. */
  key: string;
  /** `host` without `.local`; an address when only a sweep knows it. */
  name: string;
  host: string;
  addresses: string[];
  interfaces: string[];
  /** null until probed, and when nothing answers. */
  identity: DeviceIdentity | null;
  /** `silent`: it advertises itself but none of its ports answers. */
  state: 'probing' | 'probed' | 'silent';
}

/** `merged`: what was reported under the key `absorbed` has turned out to be `device` too. */
export type ScanEvent =
  | { type: 'found' | 'changed' | 'lost'; device: ScannedDevice }
  | { type: 'merged'; device: ScannedDevice; absorbed: string }
  | InterfaceFailure
  | { type: 'sweeping'; subnet: string; checkedCount: number; addressCount: number }
  | { type: 'done'; devices: ScannedDevice[]; interfaces: string[] };
