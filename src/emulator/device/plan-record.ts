import { randomBytes } from 'node:crypto';
import { OsError } from '../../core/errors.ts';
import type {
  DeviceRecord,
  EmulatedSupervisorMode,
  EmulatedVariant,
  RequestedConfig,
} from './device-record.ts';
import type { Major } from '../supervisor/versions.ts';
import { generateMachineName } from './device-record.ts';
import type { Fault } from '../machine/faults.ts';
import type { ImageBoot } from './image-boot.ts';
import type { Subnet } from '../network/subnet.ts';
import { defaultSubnets, findFreeAddress, isOverlapping, parseSubnet } from '../network/subnet.ts';
import { findIPv4Network, formatIPv4Network } from '../../net/ipv4.ts';

const newestMajor: Major = 19;

/** The requested properties of a device; undefined keeps what it has, or takes the default. */
export interface UpRequest extends RequestedConfig {
  readonly name: string;
  readonly variant?: EmulatedVariant | undefined;
  /** For the variant `development` alone. Default: that of its image, mostly `unmanaged`. */
  readonly supervisorMode?: EmulatedSupervisorMode | undefined;
  readonly supervisorMajor?: Major | undefined;
  readonly enginePort?: number | undefined;
  readonly deviceType?: string | undefined;
  readonly uuid?: string | undefined;
  readonly subnet?: Subnet | undefined;
  /** The boot partition of an OS image, whose settings become the device's. */
  readonly boot?: ImageBoot | undefined;
  /** A fault that it has until it goes down. */
  readonly fault?: Fault | undefined;
}

/**
 * Throws OsError `usage` if the running device differs from the request; `config` is the content of its config.json. No
 * part of a request is ignored: a running device cannot be changed.
 */
export function checkSame(record: DeviceRecord, config: RequestedConfig, request: UpRequest): void {
  const refuse = (difference: string): OsError =>
    new OsError('usage', `${record.name} is running with ${difference}`, {
      hint: `stop it first: os emulator down ${record.name}`,
    });
  const asked = { ...request, subnet: request.subnet && formatIPv4Network(request.subnet) };
  const { supervisorMode = 'none', supervisorMajor = newestMajor } = record;
  const running = { ...record, supervisorMode, supervisorMajor, hostname: config.hostname ?? '' };
  for (const [key, name] of [
    ['variant', 'variant'],
    ['supervisorMode', 'supervisor'],
    ['supervisorMajor', 'supervisor version'],
    ['enginePort', 'engine port'],
    ['deviceType', 'device type'],
    ['uuid', 'uuid'],
    ['subnet', 'subnet'],
    ['hostname', 'hostname'],
  ] as const)
    if (asked[key] !== undefined && asked[key] !== running[key])
      throw refuse(`${name} ${String(running[key]) || '(none)'}, not ${String(asked[key]) || '(none)'}`);
  const known = new Set(config.sshKeys);
  if (request.fault !== undefined) throw refuse('what it has: a fault begins with a boot');
  if (request.boot !== undefined) throw refuse('the settings that it has');
  if (request.sshKeys?.some(key => !known.has(key)) === true) throw refuse('other SSH keys');
}

/** Throws OsError `usage` if the uuid of another device begins with the same 8 digits. */
export function checkUuidIsFree(request: UpRequest, others: readonly DeviceRecord[]): void {
  const { uuid } = request;
  const owner = others.find(other => uuid !== undefined && other.uuid.startsWith(uuid.slice(0, 8)));
  if (owner !== undefined)
    throw new OsError('usage', `${owner.name} has a uuid that begins with the same 8 digits`, {
      hint: 'choose another --uuid',
    });
}

/** True if the config.json of an image names a cloud. One that is no JSON is ignored, as the device ignores it. */
function isOfCloud({ files }: ImageBoot): boolean {
  try {
    const config: unknown = JSON.parse(files.get('config.json')?.toString('utf8') ?? '{}');
    const endpoint = (config as { readonly apiEndpoint?: unknown } | null)?.apiEndpoint;
    return typeof endpoint === 'string' && endpoint !== '';
  } catch {
    return false;
  }
}

/**
 * Returns the mode of the supervisor that the device to boot has: the requested one, else its present one. A development device
 * begins as its image would: with a supervisor, which is managed where config.json names a cloud.
 */
export function planSupervisorMode(
  { supervisorMode, variant, boot }: UpRequest,
  former: DeviceRecord | undefined,
): EmulatedSupervisorMode {
  if (supervisorMode !== undefined) return supervisorMode;
  if ((variant ?? former?.variant ?? 'development') !== 'development') return 'none';
  if (former?.variant === 'development') return former.supervisorMode ?? 'none';
  return boot !== undefined && isOfCloud(boot) ? 'managed' : 'unmanaged';
}

/** Returns the record of the device to boot: requested values, else its present ones, else the defaults. */
export function planRecord(
  request: UpRequest,
  former: DeviceRecord | undefined,
  subnet: Subnet,
  others: readonly DeviceRecord[],
): DeviceRecord {
  const taken = new Set(others.map(other => other.address));
  const formerAddress = former === undefined ? undefined : findIPv4Network(former.address);
  const keepsAddress =
    former !== undefined &&
    formerAddress !== undefined &&
    isOverlapping(subnet, formerAddress) &&
    !taken.has(former.address);
  const variant = request.variant ?? former?.variant ?? 'development';
  const supervisorMode = planSupervisorMode(request, former);
  if (supervisorMode !== 'none' && variant !== 'development')
    throw new OsError('usage', `a ${variant} device has no emulated supervisor`, {
      hint: 'leave out --supervisor, or take --variant development',
    });
  return {
    name: request.name,
    uuid: request.uuid ?? former?.uuid ?? randomBytes(16).toString('hex'),
    machine: former === undefined ? generateMachineName() : former.machine,
    variant,
    supervisorMode,
    supervisorMajor: request.supervisorMajor ?? former?.supervisorMajor ?? newestMajor,
    deviceType: request.deviceType ?? former?.deviceType ?? 'genericx86-64',
    enginePort: request.enginePort ?? former?.enginePort ?? 2377,
    subnet: formatIPv4Network(subnet),
    address: keepsAddress ? former.address : findFreeAddress(subnet, taken),
    config: {
      hostname: request.hostname ?? former?.config.hostname,
      sshKeys: request.sshKeys ?? former?.config.sshKeys,
    },
    supervisor: null,
    createdAt: former?.createdAt ?? new Date().toISOString(),
  };
}

/**
 * Returns the requested network; else the one the device or its neighbours were on, and others in case that one is
 * taken.
 */
export function candidateNetworks(
  { subnet }: Pick<UpRequest, 'subnet'>,
  former: Pick<DeviceRecord, 'subnet'> | undefined,
  others: readonly Pick<DeviceRecord, 'subnet'>[],
): readonly Subnet[] {
  if (subnet !== undefined) return [subnet];
  const known = former?.subnet ?? others[0]?.subnet;
  return known === undefined ? defaultSubnets : [parseSubnet(known), ...defaultSubnets];
}
