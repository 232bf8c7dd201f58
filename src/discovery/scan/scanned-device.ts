import type { DeviceIdentity } from '../../device/identity.ts';
import type { InterfaceFailure } from '../found-device.ts';

/** One device of a scan: everything that was found to be the same machine. */
export interface ScannedDevice {
  /** Unique within a scan, the same for all of a device's events. */
  readonly key: string;
  /** The name that an emulated device was created with; else `host` without `.local`, or an address if only a sweep found it. */
  readonly name: string;
  readonly host: string;
  readonly addresses: string[];
  readonly interfaces: string[];
  /** null until probed, and when nothing answers. */
  readonly identity: DeviceIdentity | null;
  /** `silent`: it advertises itself but none of its ports answers. */
  readonly state: 'probing' | 'probed' | 'silent';
}

/** `merged`: the device reported under the key `absorbed` is `device` too. */
export type ScanEvent =
  | { readonly type: 'found' | 'changed' | 'lost'; readonly device: ScannedDevice }
  | { readonly type: 'merged'; readonly device: ScannedDevice; readonly absorbed: string }
  | InterfaceFailure
  | {
      readonly type: 'sweeping';
      readonly subnet: string;
      readonly checkedCount: number;
      readonly addressCount: number;
    }
  | { readonly type: 'done'; readonly devices: ScannedDevice[]; readonly interfaces: string[] };
