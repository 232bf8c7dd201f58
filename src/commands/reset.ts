import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { hostDeviceArg, readWait, waitFlags, yesFlag } from '../cli/flags/host-flags.ts';
import { confirmTyped } from '../cli/terminal/confirm.ts';
import { resetDevice } from '../cli/verbs/host/reset-device.ts';
import { openHostDevice } from '../cli/verbs/host/open-host-device.ts';
import { systemClock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import { resetFacts, type ResetPart } from '../host/power/reset.ts';
import { renderEnded } from '../ui/host/power.ts';

export default class Reset extends OsCommand {
  static override summary = 'bring a device back to an unconfigured state';
  static override description = `Has the OS wipe its state partition, its data partition, or both, with the next boot, \
and reboots.

--state removes ${resetFacts.state.goes}. ${resetFacts.state.stays} stay.
--data removes ${resetFacts.data.goes}. ${resetFacts.data.stays} stay.

After --state the device has a new SSH host key. With --wait it is taken once the device has proved by its UUID that it \
is the same one; without, \`os ssh --forget\` forgets the old key.`;

  static override examples = [
    '<%= config.bin %> reset mydevice --state --wait',
    {
      description: 'everything, from a script',
      command: '<%= config.bin %> reset mydevice --state --data --yes',
    },
  ];

  static override args = { device: hostDeviceArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    state: Flags.boolean({ description: 'wipe the state partition' }),
    data: Flags.boolean({ description: 'wipe the data partition: containers, images, volumes' }),
    yes: yesFlag,
    force: Flags.boolean({ description: 'reset also where an update lock is held' }),
    ...waitFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key; its OS has no such reset; no UUID for --state --wait',
    8: 'a service holds an update lock, or an update of the OS is on trial',
    10: 'the device did not come back in time',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Reset);
    const { output, signal } = this;
    const parts = (['state', 'data'] as const).filter((part: ResetPart) => flags[part]);
    if (parts.length === 0)
      throw new OsError('usage', 'say what to reset', { hint: 'give --state, --data or both' });
    const waitMs = readWait(flags);
    await using device = await openHostDevice(args.device, this);
    await confirmTyped({
      warning: `${device.name} loses ${parts.map(part => resetFacts[part].goes).join('; ')}`,
      word: 'reset',
      isAgreed: flags.yes,
      signal,
    });
    const ended = await resetDevice(
      { parts, isForced: flags.force, waitMs },
      { device, output, clock: systemClock, signal },
    );
    this.answer({ ...ended, parts }, renderEnded('reboots, and wipes what was asked for'));
  }
}
