/**
 * Networks for tests, made of Linux network namespaces (needs root and iproute2). Names carry the identity of the process
 * that made them, so that the next run removes what a killed one left behind and touches nothing else.
 */
import { isProcessAlive, processIdentity } from '../../src/state/process-identity.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './run.ts';
import { run, start } from './run.ts';

const prefix = 'os-test';

export interface Namespace {
  readonly name: string;
  /** Runs a program inside, to its end. */
  run(...command: string[]): Promise<string>;
  /** Starts a program inside. */
  start(command: readonly string[], options?: { input?: string }): Running;
}

/** A switched network: whoever is attached hears everybody else. */
export interface TestLink {
  /** Gives `namespace` an interface on this link; without addresses it has a link-local IPv6 one alone. */
  attach(namespace: Namespace, interfaceName: string, ...cidrs: string[]): Promise<void>;
}

export interface Lab extends AsyncDisposable {
  namespace(options?: { hasIpv6?: boolean }): Promise<Namespace>;
  link(): Promise<TestLink>;
  /** Disposes `resource` before the networks go, the last one first. */
  keep<T extends AsyncDisposable>(resource: T): T;
}

/** Why labs cannot be made here, if so. */
export async function whyNoLab(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root';
  try {
    await run('ip', ['netns', 'list']);
    await run('avahi-daemon', ['--version']);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function listNamespaces(): Promise<string[]> {
  const lines = (await run('ip', ['netns', 'list'])).split('\n');
  return lines.map(line => line.split(' ')[0] ?? '').filter(name => name.startsWith(`${prefix}-`));
}

async function remove(name: string): Promise<void> {
  const pids = (await run('ip', ['netns', 'pids', name])).split('\n').filter(line => line !== '');
  for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  await run('ip', ['netns', 'delete', name]);
}

/** Removes the namespaces of dead test processes, and what still runs in them. */
async function sweepLeftovers(): Promise<void> {
  for (const name of await listNamespaces()) {
    const [, pid, startTicks] = /^os-test-(\d+)-(\d+)-/.exec(name) ?? [];
    const owner = { ...processIdentity(process.pid), pid: Number(pid), startTicks };
    if (!isProcessAlive(owner)) await remove(name);
  }
}

let count = 0;

export async function openLab(): Promise<Lab> {
  await sweepLeftovers();
  const names: string[] = [];
  const kept: AsyncDisposable[] = [];
  const namespace = async ({ hasIpv6 = true } = {}): Promise<Namespace> => {
    count += 1;
    const { pid, startTicks } = processIdentity(process.pid);
    const name = [prefix, pid, startTicks ?? '0', count].join('-');
    await run('ip', ['netns', 'add', name]);
    names.push(name);
    const inside = (command: readonly string[]): string[] => ['netns', 'exec', name, ...command];
    const of: Namespace = {
      name,
      run: (...command) => run('ip', inside(command)),
      start: (command, options) => start('ip', inside(command), options),
    };
    // No waiting for duplicate address detection: addresses are usable at once.
    const settings = hasIpv6 ? 'default/accept_dad' : 'default/disable_ipv6';
    await of.run('sh', '-c', `echo ${hasIpv6 ? '0' : '1'} > /proc/sys/net/ipv6/conf/${settings}`);
    await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    return of;
  };
  const link = async (): Promise<TestLink> => {
    const hub = await namespace({ hasIpv6: false });
    await run('ip', ['-n', hub.name, 'link', 'add', 'hub', 'type', 'bridge']);
    await run('ip', ['-n', hub.name, 'link', 'set', 'hub', 'up']);
    let portCount = 0;
    return {
      async attach(to, interfaceName, ...cidrs) {
        const port = `port${(portCount++).toString()}`;
        const peer = ['type', 'veth', 'peer', 'name', port, 'netns', hub.name];
        await run('ip', ['-n', to.name, 'link', 'add', interfaceName, ...peer]);
        await run('ip', ['-n', hub.name, 'link', 'set', port, 'master', 'hub', 'up']);
        for (const cidr of cidrs) await run('ip', ['-n', to.name, 'addr', 'add', cidr, 'dev', interfaceName]);
        await run('ip', ['-n', to.name, 'link', 'set', interfaceName, 'up']);
        // The kernel takes up to a second to notice that both ends are up; until then programs see no interface.
        const show = ['-n', to.name, '-oneline', 'link', 'show', interfaceName];
        while (!(await run('ip', show)).includes('state UP')) await sleep(20);
      },
    };
  };
  return {
    namespace,
    link,
    keep(resource) {
      kept.push(resource);
      return resource;
    },
    async [Symbol.asyncDispose]() {
      for (const resource of kept.reverse()) await resource[Symbol.asyncDispose]();
      for (const name of names) await remove(name);
    },
  };
}
