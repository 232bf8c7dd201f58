import type { Mutable } from '../../core/mutable.ts';
import type { DeviceIdentity } from '../../device/identity.ts';
import type { FoundDevice } from '../found-device.ts';
import type { ScanEvent, ScannedDevice } from './scanned-device.ts';

type Row = Mutable<{
  readonly key: string;
  /** By FoundDevice key: the same machine on each link it was found on. */
  readonly members: Map<string, FoundDevice>;
  readonly identity: DeviceIdentity | null;
  readonly state: ScannedDevice['state'];
}>;

/** True if the address means the same host on every link. */
const isUnambiguous = (address: string): boolean => !address.includes('%');
const isBareAddress = (device: FoundDevice): boolean => device.addresses.includes(device.host);

/** Used before a probe's answer: the same name at the same address, or a swept address that belongs to a name. */
function isPlainlySame(a: FoundDevice, b: FoundDevice): boolean {
  const isSharing = a.addresses.some(address => isUnambiguous(address) && b.addresses.includes(address));
  return isSharing && (a.host.toLowerCase() === b.host.toLowerCase() || isBareAddress(a) || isBareAddress(b));
}

/** Merges findings that are one device. Two devices of one name on two links stay two until their UUIDs are equal. */
export class DeviceTable {
  readonly #rows: Row[] = [];
  readonly #names: ReadonlyMap<string, string>;

  /** `names`, by address, go before the names that devices announce. */
  constructor(names: ReadonlyMap<string, string> = new Map()) {
    this.#names = names;
  }

  /** Adds a device found or changed; returns the events to report. */
  put(found: FoundDevice): ScanEvent[] {
    const row =
      this.#rowOf(found.key) ??
      this.#rows.find(({ members }) => [...members.values()].some(member => isPlainlySame(member, found)));
    if (row === undefined) {
      const fresh: Row = {
        key: found.key,
        members: new Map([[found.key, found]]),
        identity: null,
        state: 'probing',
      };
      this.#rows.push(fresh);
      return [{ type: 'found', device: this.#deviceOf(fresh) }];
    }
    const before = JSON.stringify(this.#deviceOf(row));
    row.members.set(found.key, found);
    return JSON.stringify(this.#deviceOf(row)) === before
      ? []
      : [{ type: 'changed', device: this.#deviceOf(row) }];
  }

  /** Removes a device that has disappeared from one link. */
  remove(foundKey: string): ScanEvent[] {
    const row = this.#rowOf(foundKey);
    if (row === undefined) return [];
    const device = this.#deviceOf(row);
    row.members.delete(foundKey);
    if (row.members.size > 0) return [{ type: 'changed', device: this.#deviceOf(row) }];
    this.#rows.splice(this.#rows.indexOf(row), 1);
    return [{ type: 'lost', device }];
  }

  /** Stores the result of a probe (null: no answer). If another row has the same UUID, the two are merged. */
  learn(foundKey: string, identity: DeviceIdentity | null): ScanEvent[] {
    const row = this.#rowOf(foundKey);
    if (row === undefined) return [];
    const before = JSON.stringify(this.#deviceOf(row));
    row.identity = identity;
    row.state = identity === null ? 'silent' : 'probed';
    const uuid = identity?.uuid ?? null;
    const twin = uuid === null ? undefined : this.#rows.find(of => of !== row && of.identity?.uuid === uuid);
    if (twin === undefined)
      return JSON.stringify(this.#deviceOf(row)) === before
        ? []
        : [{ type: 'changed', device: this.#deviceOf(row) }];
    for (const [key, member] of row.members) twin.members.set(key, member);
    this.#rows.splice(this.#rows.indexOf(row), 1);
    return [{ type: 'merged', device: this.#deviceOf(twin), absorbed: row.key }];
  }

  /** Every device, by name, then address. */
  devices(): ScannedDevice[] {
    return this.#rows
      .map(row => this.#deviceOf(row))
      .sort((a, b) => compare(a.name, b.name) || compare(a.addresses[0] ?? '', b.addresses[0] ?? ''));
  }

  #deviceOf(row: Row): ScannedDevice {
    const device = toDevice(row);
    const name = device.addresses.map(address => this.#names.get(address)).find(it => it !== undefined);
    return name === undefined ? device : { ...device, name };
  }

  #rowOf(foundKey: string): Row | undefined {
    return this.#rows.find(({ members }) => members.has(foundKey));
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function toDevice(row: Row): ScannedDevice {
  const members = [...row.members.values()];
  const host = (members.find(member => !isBareAddress(member)) ?? members[0])?.host ?? '';
  const addresses = [...new Set(members.flatMap(member => member.addresses))];
  return {
    key: row.key,
    name: host.replace(/\.local\.?$/i, ''),
    host,
    addresses: addresses.sort((a, b) => Number(a.includes(':')) - Number(b.includes(':'))),
    interfaces: [...new Set(members.flatMap(member => member.interfaces))],
    identity: row.identity,
    state: row.state,
  };
}
