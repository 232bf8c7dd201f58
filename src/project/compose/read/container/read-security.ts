import type { DeviceMapping, DeviceRequest, Security } from '../../../service.ts';
import type { Cursor } from '../../../yaml/cursor.ts';
import { readSecurityOptions } from './read-security-options.ts';

/** `directory` is the project's. */
export async function readSecurity(service: Cursor, directory: string): Promise<Security> {
  return {
    isPrivileged: service.at('privileged').bool() ?? false,
    capAdd: service.at('cap_add').texts(),
    capDrop: service.at('cap_drop').texts(),
    devices: service.at('devices').items().flatMap(readDevice),
    deviceCgroupRules: service.at('device_cgroup_rules').items().flatMap(readCgroupRule),
    deviceRequests: [
      ...readGpus(service.at('gpus')),
      ...service.at('deploy', 'resources', 'reservations', 'devices').items().map(readDeviceRequest),
    ],
    ...(await readSecurityOptions(service.at('security_opt'), directory)),
    sysctls: service.at('sysctls').record(),
    pid: service.at('pid').text(),
    ipc: service.at('ipc').text(),
    uts: service.at('uts').text(),
    usernsMode: service.at('userns_mode').text(),
    cgroup: service.at('cgroup').text(),
    cgroupParent: service.at('cgroup_parent').text(),
    runtime: service.at('runtime').text(),
  };
}

/** `/dev/ttyUSB0`, `/dev/a:/dev/b`, `/dev/a:/dev/b:rw` */
function readDevice(item: Cursor): DeviceMapping[] {
  const parts = item.isMapping
    ? [item.at('source').text(), item.at('target').text(), item.at('permissions').text()]
    : (item.text() ?? '').split(':');
  const [hostPath = '', second, third] = parts;
  const isPermissions = second !== undefined && /^[rwm]+$/.test(second);
  const containerPath = second === undefined || isPermissions ? hostPath : second;
  const permissions = (isPermissions ? second : third) ?? 'rwm';
  if (
    !hostPath.startsWith('/') ||
    !containerPath.startsWith('/') ||
    !/^[rwm]{1,3}$/.test(permissions) ||
    parts.length > 3
  ) {
    item.fail(
      `${JSON.stringify(parts.filter(Boolean).join(':'))} is not a device: write it like /dev/ttyUSB0:/dev/ttyUSB0:rw`,
    );
    return [];
  }
  return [{ hostPath, containerPath, permissions }];
}

function readCgroupRule(item: Cursor): string[] {
  const text = item.text() ?? '';
  if (/^[acb] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/.test(text)) return [text];
  item.fail(`${JSON.stringify(text)} is not a device rule: write it like "c 188:* rwm"`);
  return [];
}

function readGpus(gpus: Cursor): DeviceRequest[] {
  if (!gpus.isPresent) return [];
  if (gpus.tree?.kind === 'list') return gpus.items().map(it => withGpu(readDeviceRequest(it)));
  return [{ driver: undefined, count: -1, deviceIds: [], capabilities: ['gpu'], options: {} }];
}

const withGpu = (request: DeviceRequest): DeviceRequest =>
  request.capabilities.includes('gpu')
    ? request
    : { ...request, capabilities: [...request.capabilities, 'gpu'] };

function readDeviceRequest(item: Cursor): DeviceRequest {
  const count = item.at('count');
  const deviceIds = item.at('device_ids').texts();
  return {
    driver: item.at('driver').text(),
    count: count.text() === 'all' || (!count.isPresent && deviceIds.length === 0) ? -1 : count.integer(),
    deviceIds,
    capabilities: item.at('capabilities').texts(),
    options: item.at('options').record(),
  };
}
