import assert from 'node:assert/strict';
import {
  chooseDrives,
  confirmDrives,
  type ChosenDrive,
  type FlashQuestions,
} from '../../../../../src/cli/verbs/image/choose-drives.ts';
import { openDriveSystem } from '../../../../../src/cli/verbs/image/drive-systems.ts';
import { assessDrive } from '../../../../../src/image/drives/assess-drive.ts';
import type { Drive } from '../../../../../src/image/drives/drive.ts';

const card: Drive = {
  path: '/dev/sdb',
  name: 'sdb',
  deviceNumbers: ['8:16'],
  kind: 'disk',
  bus: 'usb',
  model: 'Card Reader',
  serial: undefined,
  sizeBytes: 32_000_000_000,
  sectorBytes: 512,
  isRemovable: true,
  isReadOnly: false,
  mountPoints: [],
  isSwap: false,
  holders: [],
  members: [],
  backingFile: undefined,
};
const disk: Drive = { ...card, path: '/dev/sda', name: 'sda', bus: 'sata', isRemovable: false };
const system: Drive = { ...disk, path: '/dev/nvme0n1', name: 'nvme0n1', mountPoints: ['/'] };

const options = { imageDevices: [] };
const chosen = (drive: Drive): ChosenDrive => ({ drive, assessment: assessDrive(drive, options) });

/** Answers as scripted; a question without an answer fails. */
function person(answers: Partial<FlashQuestions>): FlashQuestions & { readonly asked: string[] } {
  const asked: string[] = [];
  const refuse = (question: string): never => assert.fail(`nobody expects: ${question}`);
  return {
    asked,
    pick: answers.pick ?? (() => refuse('pick')),
    confirm: question => (asked.push(question), (answers.confirm ?? refuse)(question)),
    type: question => (asked.push(question), (answers.type ?? refuse)(question)),
  };
}

const confirm = (
  drive: Drive,
  given: { readonly isYes?: boolean; readonly confirmed?: readonly string[] },
  questions?: FlashQuestions,
): Promise<void> => confirmDrives([chosen(drive)], { isYes: false, confirmed: [], ...given }, questions);

describe('a drive to flash', () => {
  it('is picked among the removable ones, with model, size and bus, where there is one', async () => {
    const pick: FlashQuestions['pick'] = choices => {
      assert.deepEqual(
        choices.map(({ name }) => name),
        ['/dev/sdb, Card Reader, 32.0 GB, usb'],
      );
      return Promise.resolve(choices[0]?.value ?? assert.fail());
    };
    const [one] = await chooseDrives([system, disk, card], [], options, person({ pick }));
    assert.equal(one?.drive, card);
  });

  it('is never chosen by itself: a script is told the names', async () => {
    await assert.rejects(chooseDrives([system, disk, card], [], options, undefined), {
      code: 'usage',
      hint: 'name one by --drive: /dev/sdb',
    });
    await assert.rejects(chooseDrives([system], [], options, undefined), { code: 'drive-not-found' });
  });

  it('is refused where it is a partition, or what the system runs from', async () => {
    for (const [name, message] of [
      ['/dev/sdb1', /is a partition/],
      ['/dev/nvme0n1p2', /is a partition/],
      ['nvme0n1', /this system uses it: \/ is mounted from it/],
    ] as const)
      await assert.rejects(chooseDrives([system, card], [name], options, undefined), {
        code: 'drive-refused',
        message,
      });
  });

  it('needs a yes where it is removable, which names what will be unmounted; anything else refuses it', async () => {
    const mounted = { ...card, mountPoints: ['/media/card', '/media/card/inner'] };
    const willing = person({ confirm: () => Promise.resolve(true) });
    await confirm(mounted, {}, willing);
    assert.match(
      willing.asked[0] ?? '',
      /will be lost\. \/media\/card\/inner, \/media\/card will be unmounted/,
    );
    await assert.rejects(confirm(card, {}, person({ confirm: () => Promise.resolve(false) })), {
      code: 'drive-refused',
    });
    await confirm(card, { isYes: true });
    await assert.rejects(confirm(card, {}), { code: 'usage', hint: 'add --yes if it may be' });
  });

  it('needs its name where it is not removable, which --yes never stands for', async () => {
    await assert.rejects(confirm(disk, { isYes: true }), {
      code: 'drive-refused',
      hint: 'add --confirm sda if everything on it may be lost',
    });
    await assert.rejects(confirm(disk, { isYes: true, confirmed: ['sdb', 'sd'] }), { code: 'drive-refused' });
    await confirm(disk, { confirmed: ['sda'] });
    for (const [typed, isRefused] of [
      ['sda ', false],
      ['y', true],
      ['', true],
    ] as const) {
      const outcome = confirm(disk, { isYes: true }, person({ type: () => Promise.resolve(typed) }));
      if (isRefused) await assert.rejects(outcome, /its name was not typed/);
      else await outcome;
    }
  });

  it('cannot be one of Windows, which is said, with what works there', () => {
    assert.throws(() => openDriveSystem('win32'), {
      code: 'host-unsuitable',
      message: 'drives are not supported on Windows',
      hint: 'configure the image file here, and write it with another program',
    });
  });
});
