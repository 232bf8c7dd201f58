import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { hostDeviceArg, yesFlag } from '../cli/flags/host-flags.ts';
import { confirmTyped } from '../cli/terminal/confirm.ts';
import { endDeviceBoot } from '../cli/verbs/host/end-boot.ts';
import { openHostDevice } from '../cli/verbs/host/open-host-device.ts';
import { systemClock } from '../core/clock.ts';
import { renderEnded } from '../ui/host/power.ts';

export default class Shutdown extends OsCommand {
  static override summary = 'switch a device off';
  static override description = `Shuts a device down and switches it off. It has to be switched on by hand, so it asks \
first; --yes is for scripts.`;

  static override examples = [
    '<%= config.bin %> shutdown mydevice',
    '<%= config.bin %> shutdown mydevice --yes',
  ];

  static override args = { device: hostDeviceArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    yes: yesFlag,
    force: Flags.boolean({ description: 'shut down also where an update lock is held' }),
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key',
    8: 'a service holds an update lock, or an update of the OS is on trial',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Shutdown);
    const { signal } = this;
    await using device = await openHostDevice(args.device, this);
    await confirmTyped({
      warning: `${device.name} is switched off, and has to be switched on by hand`,
      word: 'off',
      isAgreed: flags.yes,
      signal,
    });
    const ended = await endDeviceBoot(
      { kind: 'poweroff', isForced: flags.force, waitMs: undefined },
      { device, clock: systemClock, signal },
    );
    this.answer(ended, renderEnded('shuts down'));
  }
}
