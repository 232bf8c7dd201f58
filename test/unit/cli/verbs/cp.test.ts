import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { cp, type CpDependencies } from '../../../../src/cli/verbs/cp.ts';
import { readInputFile } from '../../../../src/cli/terminal/read-input-file.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

/** What Node gives as stdin for a directory: a stream that has ended. */
const inputOf = (fd: number, isTTY = false): CpDependencies['stdin'] =>
  Object.assign(new PassThrough().end(), { fd, isTTY }) as unknown as CpDependencies['stdin'];

const copy = (stdin: CpDependencies['stdin'], destination: string): Promise<unknown> =>
  cp(
    {
      signal: new AbortController().signal,
      openFarFiles: () => Promise.reject(new Error('the device is reached')),
      stdin,
      stdout: process.stdout,
      onProgress: () => undefined,
      note: () => undefined,
    },
    {
      sources: ['-'],
      destination,
      keepsOwners: false,
      overwritesNewer: false,
    } as unknown as Parameters<typeof cp>[1],
  );

describe('os cp - DEVICE:/path', () => {
  it('refuses a directory, a terminal and a destination that is a directory before it reaches the device', async () => {
    await using directory = await openTempDirectory();
    await using folder = await open(directory.path);
    await using file = await open('/dev/null');
    await assert.rejects(copy(inputOf(folder.fd), 'board:/x'), {
      code: 'usage',
      message: 'stdin is a directory',
    });
    await assert.rejects(copy(inputOf(file.fd, true), 'board:/x'), { message: 'stdin is a terminal' });
    await assert.rejects(copy(inputOf(file.fd), 'board:/x/'), { message: '/x/ is a directory' });
    await assert.rejects(copy(inputOf(file.fd), 'board:/x'), /the device is reached/);
  });
});

describe('a file that a flag names', () => {
  it('is no directory, as stdin neither', async () => {
    await using directory = await openTempDirectory();
    await using folder = await open(directory.path);
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {};
    Object.defineProperty(process, 'stdin', { configurable: true, value: inputOf(folder.fd) });
    try {
      await assert.rejects(readInputFile('-'), { code: 'usage', message: 'stdin is a directory' });
    } finally {
      Object.defineProperty(process, 'stdin', stdin);
    }
  });
});
