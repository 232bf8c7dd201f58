import assert from 'node:assert/strict';
import path from 'node:path';
import { OsError } from '../../../../src/core/errors.ts';
import type { HostAccess } from '../../../../src/host/host-access.ts';
import { checkMayEnd, endBoot, readBootId, waitForNextBoot } from '../../../../src/host/power/boot.ts';
import { localCommands } from '../../../support/local-commands.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree } from '../../../support/tree.ts';

const { signal } = new AbortController();

/** A device in the boot `id`. */
const inBoot = (id: string): HostAccess => ({
  files: {
    read: () => assert.fail(),
    writeAtomically: () => assert.fail(),
    list: () => assert.fail(),
    remove: () => assert.fail(),
    stat: () => assert.fail(),
  },
  commands: {
    run: () => Promise.resolve({ status: 0, bytes: Buffer.from(id), stdout: `${id}\n`, stderr: '' }),
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

/** Waits for the boot after `a` while `answers` come one after another; time passes with each pause alone. */
function wait(answers: readonly (HostAccess | Error)[]): Promise<string> {
  let asked = 0;
  let nowMs = 0;
  return waitForNextBoot({
    bootId: 'a',
    timeoutMs: answers.length * 500,
    reopen: () => {
      const answer = answers[asked++] ?? assert.fail('asked again');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    clock: {
      nowMs: () => nowMs,
      sleep: ms => {
        nowMs += ms;
        return Promise.resolve();
      },
    },
    signal,
  });
}

const refused = new OsError('device-unreachable', 'refused');

/** A host whose files are below `directory`. */
const hostIn = (directory: string): HostAccess['commands'] => ({
  run: (command, options) =>
    localCommands(['sh']).run(command.replaceAll(/ (?=\/(?:tmp|mnt)\/)/g, ` ${directory}`), options),
});

describe('a device that is to reboot', () => {
  const locks = '/tmp/balena-supervisor/services/7';

  it('is left alone while services hold update locks, which are named, each once', async () => {
    await using directory = await openTempDirectory();
    const commands = hostIn(directory.path);
    await checkMayEnd(commands, signal);
    await makeTree(path.join(directory.path, locks), {
      'db/updates.lock': '',
      'web/resin-updates.lock': '',
      'web/updates.lock': '',
      'idle/other': '',
    });
    await assert.rejects(checkMayEnd(commands, signal), {
      code: 'busy',
      message: 'an update lock is held by db, web',
      hint: /--force/,
    });
  });

  it('is left alone while an update is on trial, which a reboot would count against it', async () => {
    for (const mark of ['rollback-health-breadcrumb', 'rollback-altboot-breadcrumb']) {
      await using directory = await openTempDirectory();
      await makeTree(directory.path, { [`mnt/state/${mark}`]: '' });
      await assert.rejects(checkMayEnd(hostIn(directory.path), signal), {
        code: 'busy',
        message: /on trial/,
      });
    }
  });
});

describe('the end of a boot', () => {
  /** A host on which every command ends like this. */
  const ending = (status: number, text = ''): HostAccess['commands'] => ({
    run: () => Promise.resolve({ status, bytes: Buffer.from(text), stdout: text, stderr: text }),
  });

  it('is asked for, and comes also where the connection ends with it', async () => {
    await endBoot(ending(0), 'reboot', signal);
    await endBoot({ run: () => Promise.reject(new OsError('connection-lost', 'lost')) }, 'reboot', signal);
  });

  it('does not come where the device refuses, or was never reached', async () => {
    await assert.rejects(endBoot(ending(1, 'no bus\n'), 'poweroff', signal), {
      code: 'host-refused',
      message: /^the device does not poweroff: no bus/,
    });
    await assert.rejects(endBoot({ run: () => Promise.reject(refused) }, 'reboot', signal), refused);
    const defect = new TypeError('defect');
    await assert.rejects(endBoot({ run: () => Promise.reject(defect) }, 'reboot', signal), defect);
  });

  it('is not awaited of a device that does not say which boot it is in', async () => {
    await assert.rejects(readBootId(ending(0, '\n'), signal), { code: 'host-refused' });
    assert.equal(await readBootId(ending(0, 'a\n'), signal), 'a');
  });
});

describe('the wait for the next boot of a device', () => {
  it('ends with the first other boot id, also after the device was out of reach', async () => {
    assert.equal(await wait([inBoot('a'), refused, refused, inBoot('b')]), 'b');
  });

  it('says whether the device went down or never rebooted', async () => {
    await assert.rejects(wait([inBoot('a'), refused]), {
      code: 'connection-lost',
      message: 'the device went down and did not come back in time',
    });
    await assert.rejects(wait([inBoot('a'), inBoot('a')]), {
      message: 'the device did not reboot in time',
    });
  });

  it('ends at once where another host key answers, or with a defect', async () => {
    await assert.rejects(wait([new OsError('host-key-changed', 'other key')]), { code: 'host-key-changed' });
    await assert.rejects(wait([new TypeError('defect')]), TypeError);
  });
});
