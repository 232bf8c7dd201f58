import { execFile } from 'node:child_process';
import { access, constants, readdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import { readOpenFiles } from '../../net/open-files.ts';
import type { Machine, NetworkInterface } from './machine.ts';
import { testMulticast, tryMdnsPort } from './multicast.ts';
import { networksOn, parseRoutes, type Route } from './routes.ts';

/** More than this and a program is not waited for. */
const programLimitMs = 1000;

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Flags of an interface (linux/if.h). */
const flags = { up: 0x1, multicast: 0x1000 };

async function readInterface(name: string, routes: readonly Route[]): Promise<NetworkInterface> {
  const addresses = networkInterfaces()[name] ?? [];
  const text = await readText(`/sys/class/net/${name}/flags`);
  const bits = text === undefined ? undefined : Number(text.trim());
  const cidrs = addresses.flatMap(({ cidr }) => cidr ?? []);
  return {
    name,
    // Node leaves out interfaces without a carrier, such as a bridge without containers; its route is there.
    cidrs: cidrs.length > 0 ? cidrs : networksOn(routes, name),
    isLoopback: name === 'lo' || addresses.some(({ internal }) => internal),
    isUp: bits === undefined || (bits & flags.up) !== 0,
    isMulticast: bits === undefined ? null : (bits & flags.multicast) !== 0,
  };
}

async function readInterfaces(): Promise<NetworkInterface[]> {
  const routes = parseRoutes((await readText('/proc/net/route')) ?? '');
  const ofSystem = await readdir('/sys/class/net').catch(() => []);
  const names = new Set([...Object.keys(networkInterfaces()), ...ofSystem]);
  return Promise.all([...names].map(name => readInterface(name, routes)));
}

/** The nearest directory above `directory`, or itself, that exists decides. */
async function tryWrite(directory: string): Promise<string | null> {
  try {
    await access(directory, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const errno = errnoOf(error) ?? 'failed';
    const parent = path.dirname(directory);
    return errno === 'ENOENT' && parent !== directory ? tryWrite(parent) : errno;
  }
}

const runProgram: Machine['runProgram'] = (program, args) =>
  new Promise(resolve => {
    execFile(
      program,
      [...args],
      { timeout: programLimitMs, env: { ...process.env, LC_ALL: 'C' } },
      (error, stdout) => resolve(error === null ? stdout : undefined),
    );
  });

/** The first call's answer, for all. */
const once = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined;
  return () => (answer ??= read());
};

/** The machine that this program runs on. */
export function thisMachine(stateDirectory: string): Machine {
  return {
    platform: process.platform,
    environment: process.env,
    stateDirectory,
    now: () => Date.now(),
    readInterfaces: once(readInterfaces),
    readText,
    exists: async file => {
      try {
        await access(file);
        return true;
      } catch {
        return false;
      }
    },
    tryWrite,
    runProgram,
    readOpenFiles: once(readOpenFiles),
    testMulticast: once(testMulticast),
    tryMdnsPort,
  };
}
