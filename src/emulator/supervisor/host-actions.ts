/** Does what the supervisor does to its host OS: names it, restarts it, removes volumes that nothing uses. */
import { execFile } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { EngineApi } from './engine/engine-api.ts';
import { must } from './engine/engine-objects.ts';
import type { HostActions } from './http/routes.ts';
import { isObject, objectOf, textOf } from './json.ts';

export function openHost(engine: EngineApi, configFile: string): HostActions {
  const [first] = Object.entries(networkInterfaces())
    .filter(([name]) => name !== 'lo')
    .flatMap(([, addresses = []]) => addresses.filter(({ family }) => family === 'IPv4'));
  const run = (...command: string[]): void => {
    execFile('/bin/systemctl', ['--no-block', ...command], () => undefined);
  };
  return {
    network: { address: first?.address ?? '', mac: first?.mac.toUpperCase() ?? '' },
    readHostname: async () => (await readFile('/etc/hostname', 'utf8')).trim(),
    async writeHostname(hostname) {
      // One that cannot be read keeps what it has: the device's identity is in it.
      const config: unknown = JSON.parse(await readFile(configFile, 'utf8'));
      if (!isObject(config)) throw new Error(`${configFile} is not a JSON object`);
      await writeFile(`${configFile}.new`, JSON.stringify({ ...config, hostname }));
      await rename(`${configFile}.new`, configFile);
    },
    reboot: () => {
      run('reboot');
    },
    shutDown: () => {
      run('poweroff');
    },
    async removeUnusedVolumes() {
      const filters = encodeURIComponent(JSON.stringify({ dangling: ['true'] }));
      const { body } = await must(engine, 'GET', `/volumes?filters=${filters}`);
      for (const volume of (objectOf(body)['Volumes'] ?? []) as readonly unknown[])
        await engine.ask('DELETE', `/volumes/${encodeURIComponent(textOf(objectOf(volume)['Name']))}`);
    },
  };
}
