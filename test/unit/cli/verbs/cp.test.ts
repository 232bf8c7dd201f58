import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { cp, type CpDependencies } from '../../../../src/cli/verbs/cp.ts';
import { readInputFile } from '../../../../src/cli/terminal/read-input-file.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

/** What Node gives as stdin for a directory: a stream that has ended. */
const inputOf = (fd: number, isTTY = false): CpDependencies['stdin'] =>
  Object.assign(new PassThrough().end(), { fd, isTTY }) as unknown as CpDependencies['stdin'];

const copy = (stdin: CpDependencies['stdin'], destination: string, sources = ['-']): Promise<unknown> =>
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
      sources,
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

describe('os cp of several sources', () => {
  const refusal = (sources: string[]): Promise<{ message: string; hint: string }> =>
    copy(inputOf(0), 'out', sources).then(
      () => assert.fail('it is not refused'),
      (error: unknown) => error as { message: string; hint: string },
    );

  it('says that a device and its service are one word with the path, where they are given as two', async () => {
    const { message, hint } = await refusal(['kitchen', 'web:/log']);
    assert.equal(message, 'kitchen and web:/log are at different places');
    assert.match(hint, /^a device and its service are one word with the path: kitchen:web:\/log;/);
  });

  it('names two of them that are at different places', async () => {
    for (const [first, second] of [
      ['./file', 'web:/log'],
      ['-', 'web:/log'],
      ['board:db:/log', 'board:/log'],
    ] as const) {
      const { message, hint } = await refusal([second, first]);
      assert.equal(message, `${first} and ${second} are at different places`);
      assert.equal(hint, 'files of different places are copied one place at a time');
    }
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
