import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag, readUndoAfter, undoFlags } from '../../cli/flags/host-flags.ts';
import type { Parsed } from '../../cli/several/device-words.ts';
import { changeDeviceConfig } from '../../cli/verbs/host/change-config.ts';
import { changeImageConfig } from '../../cli/verbs/host/change-image.ts';
import { changeHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { systemClock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { readGivenText } from '../../state/given-file.ts';
import { parseKeyPath } from '../../host/config/key-path.ts';
import { explicitTypes, readConfigValue } from '../../host/config/read-value.ts';
import { renderConfigChanged } from '../../ui/host/config.ts';
import { guardReporter } from '../../ui/host/guard.ts';

export default class ConfigSet extends OsCommand {
  static override summary = 'change a value in the configuration of a device or image';
  static override description = `Sets one key of config.json on a device, or in an image of the OS (--on ./os.img), where the first boot applies it. The value has the type that the OS wants, and \
is checked before anything is written; other keys, their order and the way they are written stay as they are. The \
file is replaced in one step, the OS applies it, and the result is read back.

A change of what the device is reached by (hostname, developmentMode, os.sshKeys, uuid) is undone by the device itself \
unless it was reached again in time, also when its power was cut in between.

Several values are the elements of a list. A value from a file is given with --from-file.`;

  static override examples = [
    { description: 'name a device', command: '<%= config.bin %> config set hostname kitchen --on 63ec46c' },
    {
      description: 'let a key log in',
      command: '<%= config.bin %> config set os.sshKeys --from-file ~/.ssh/id_ed25519.pub --on mydevice',
    },
    {
      description: 'keep the journal over reboots',
      command: '<%= config.bin %> config set persistentLogging true --on mydevice',
    },
    {
      description: 'in an image, before it is flashed',
      command: '<%= config.bin %> config set hostname kitchen --on ./os.img',
    },
    {
      description: 'a key that the OS does not read',
      command: '<%= config.bin %> config set shop.table 12 --type number --on mydevice',
    },
  ];

  static override strict = false;
  static override args = {
    key: Args.string({ required: true, description: 'dotted key, e.g. os.network.connectivity.interval' }),
    value: Args.string({ description: 'its value; several for a list' }),
  };
  static override devices = 'on' as const;
  static override flags = {
    ...severalOnFlags,
    on: onSeveralFlag,
    type: Flags.option({ options: explicitTypes })({
      description: 'type of the value, for a key that the OS does not read',
    }),
    'from-file': Flags.string({
      description: 'file on this machine that holds the value',
      helpValue: 'FILE',
    }),
    ...undoFlags,
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key, a read-only file system',
    7: 'the key cannot have this value, or config.json is not valid JSON; nothing was written',
    8: 'somebody else changed config.json at the same time',
    9: 'out of space on the device',
    10: 'the device was not reached after the change, and has undone it',
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(ConfigSet);
    const { output, signal } = this;
    const texts = (argv as string[]).slice(1);
    const file = flags['from-file'];
    if ((file === undefined) === (texts.length === 0)) {
      const [, key, value] = /^([\w.]+)=(.*)$/s.exec(args.key) ?? [];
      throw new OsError('usage', `give ${args.key} a value, or --from-file, and not both`, {
        ...(key !== undefined && value !== undefined && texts.length === 0
          ? { hint: `a space goes between them: os config set ${key} ${shellQuote(value)}` }
          : {}),
      });
    }
    const path = parseKeyPath(args.key);
    const value = readConfigValue({
      path,
      texts: file === undefined ? texts : [await readValueFile(file)],
      type: flags.type,
    });
    const undoAfterS = readUndoAfter(flags);
    const change = { kind: 'set', path, value } as const;
    const report = guardReporter(output);
    const changed = await changeHostTarget(flags.on, this, {
      onDevice: device =>
        changeDeviceConfig({ change, undoAfterS }, { device, clock: systemClock, report, signal }),
      onImage: (files, names) => changeImageConfig(files, names, change, signal),
    });
    this.answer({ key: args.key, ...changed }, renderConfigChanged);
  }

  protected override checkSeveral({ args }: Parsed): void {
    const { key } = args;
    if (typeof key === 'string' && unique.includes(key))
      throw new OsError('usage', `${key}: several devices cannot have the same`, {
        hint: 'set it on one device after the other',
      });
  }
}

/** Keys whose values no two devices may share. */
const unique = ['hostname', 'uuid'];

/** The text of a file without the line end at its end. */
const readValueFile = async (file: string): Promise<string> =>
  (await readGivenText(file)).replace(/\r?\n$/, '');
