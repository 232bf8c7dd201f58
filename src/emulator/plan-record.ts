import { randomBytes } from 'node:crypto';
import { OsError } from '../core/errors.ts';
import type { DeviceRecord, EmulatedVariant, WantedConfig } from './device-record.ts';
import { machineName } from './device-record.ts';
import type { Subnet } from './subnet.ts';
import {
  defaultSubnets,
  findFreeAddress,
  findSubnet,
  formatSubnet,
  isOverlapping,
  parseSubnet,
} from './subnet.ts';

/** What the user asks of a device; undefined keeps what it has, or takes the default. */
export interface UpRequest extends WantedConfig {
  readonly name: string;
  readonly variant?: EmulatedVariant | undefined;
  readonly enginePort?: number | undefined;
  readonly deviceType?: string | undefined;
  readonly uuid?: string | undefined;
  readonly subnet?: Subnet | undefined;
}

/** Throws OsError `usage` where the running device is not what is asked for. */
export function checkSame(record: DeviceRecord, request: UpRequest): void {
  const asked = { ...request, subnet: request.subnet && formatSubnet(request.subnet) };
  for (const key of ['variant', 'enginePort', 'deviceType', 'uuid', 'subnet'] as const)
    if (asked[key] !== undefined && asked[key] !== record[key])
      throw new OsError(
        'usage',
        `${record.name} is running with ${key} ${String(record[key])}, not ${String(asked[key])}`,
        { hint: `stop it first: os emulator down ${record.name}` },
      );
}

/** Throws OsError `usage` where another device has that uuid, or one that is told apart from it by nothing. */
export function checkUuidIsFree(request: UpRequest, others: readonly DeviceRecord[]): void {
  const { uuid } = request;
  const owner = others.find(other => uuid !== undefined && machineName(other) === machineName({ uuid }));
  if (owner !== undefined)
    throw new OsError('usage', `${owner.name} has a uuid that begins with the same 8 digits`, {
      hint: 'choose another --uuid',
    });
}

/** The record of the device to boot: what is asked for, else what it had, else the defaults. */
export function planRecord(
  request: UpRequest,
  former: DeviceRecord | undefined,
  subnet: Subnet,
  others: readonly DeviceRecord[],
): DeviceRecord {
  const taken = new Set(others.map(other => other.address));
  const formerAddress = former === undefined ? undefined : findSubnet(former.address);
  const keepsAddress =
    former !== undefined &&
    formerAddress !== undefined &&
    isOverlapping(subnet, formerAddress) &&
    !taken.has(former.address);
  return {
    name: request.name,
    uuid: request.uuid ?? former?.uuid ?? randomBytes(16).toString('hex'),
    variant: request.variant ?? former?.variant ?? 'development',
    deviceType: request.deviceType ?? former?.deviceType ?? 'genericx86-64',
    enginePort: request.enginePort ?? former?.enginePort ?? 2377,
    subnet: formatSubnet(subnet),
    address: keepsAddress ? former.address : findFreeAddress(subnet, taken),
    config: {
      hostname: request.hostname ?? former?.config.hostname,
      sshKeys: request.sshKeys ?? former?.config.sshKeys,
    },
    supervisor: null,
    createdAt: former?.createdAt ?? new Date().toISOString(),
  };
}

/** The network that is asked for; else the one the device or its neighbours were on, and others where that is taken. */
export function networksToTry(
  { subnet }: Pick<UpRequest, 'subnet'>,
  former: Pick<DeviceRecord, 'subnet'> | undefined,
  others: readonly Pick<DeviceRecord, 'subnet'>[],
): readonly Subnet[] {
  if (subnet !== undefined) return [subnet];
  const known = former?.subnet ?? others[0]?.subnet;
  return known === undefined ? defaultSubnets : [parseSubnet(known), ...defaultSubnets];
}
