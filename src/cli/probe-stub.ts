import { get } from 'node:http';
import { OsError } from '../core/errors.ts';
import type { DeviceIdentity } from '../device/identity.ts';
import { ports } from '../device/identity.ts';
import type { Probe } from '../discovery/scan.ts';

function getText(host: string, port: number, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path, signal, agent: false }, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text = (text + part).slice(0, 65_536)));
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

/** Asks the engine alone. */
export const probeEngine: Probe = async (found, signal): Promise<DeviceIdentity> => {
  const host = found.addresses[0] ?? found.host;
  const engines = await Promise.allSettled(
    ports.engine.map(async port => {
      const version = JSON.parse(await getText(host, port, '/version', signal)) as Record<string, unknown>;
      const text = (key: string): string | null => (typeof version[key] === 'string' ? version[key] : null);
      return { port, version: text('Version'), apiVersion: text('ApiVersion'), id: null, arch: text('Arch') };
    }),
  );
  const engine = engines.find(of => of.status === 'fulfilled')?.value;
  if (engine === undefined) throw new OsError('device-unreachable', `no engine answers at ${host}`);
  const { arch, ...rest } = engine;
  return {
    uuid: null,
    hostname: null,
    variant: null,
    osVersion: null,
    osName: null,
    deviceType: null,
    arch,
    engine: rest,
    supervisor: null,
    isSshOpen: false,
  };
};
