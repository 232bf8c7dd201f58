import { Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { deviceNameArg, emulatorContext } from '../../cli/flags/emulator.ts';
import { getImageToKeep, keepImageBoot } from '../../cli/verbs/emulator/image-boot.ts';
import { OsError } from '../../core/errors.ts';
import { readRecords } from '../../emulator/device/device-record.ts';
import { bringDown } from '../../emulator/down.ts';
import { renderDown } from '../../ui/answers/emulator.ts';
import { note } from '../../ui/output.ts';

export default class EmulatorDown extends OsCommand {
  static override summary = 'shut an emulated device down';
  static override description = `Shuts a device down and leaves nothing of it running, mounted or linked on this machine. Its files stay.`;

  static override exitStatus = {
    2: 'bad flag; with --keep: the device is made of no image, or of a compressed one',
    3: 'no such device',
    8: 'another command is working on the device; with --keep: the image has changed in the same place',
  };

  static override examples = [
    '<%= config.bin %> emulator down',
    '<%= config.bin %> emulator down --all',
    '<%= config.bin %> emulator down kitchen --keep',
  ];
  static override args = { name: deviceNameArg };
  static override flags = {
    all: Flags.boolean({ description: 'every device' }),
    force: Flags.boolean({ description: 'as if the power were cut' }),
    keep: Flags.boolean({
      description: 'write what it changed on its boot partition back to the image that it is made of',
      exclusive: ['all'],
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EmulatorDown);
    if (flags.all && this.argv.some(word => !word.startsWith('-')))
      throw new OsError('usage', `--all is every device, and ${args.name} is one`, {
        hint: 'give one of the two',
      });
    const context = emulatorContext(this.config.root, this.signal, this.output);
    const names = flags.all ? (await readRecords(context.place)).map(record => record.name) : [args.name];
    if (flags.keep) await getImageToKeep(context.place, args.name);
    const results = await Promise.all(names.map(name => bringDown(context, name, { isForced: flags.force })));
    const kept = flags.keep ? await keepImageBoot(context.place, args.name, this.signal) : undefined;
    if (kept !== undefined)
      note(
        this.output,
        kept.changes.length === 0
          ? `${kept.image} has the settings of ${args.name} already`
          : `written to ${kept.image}: ${kept.changes.join(', ')}`,
      );
    this.answer(
      results.map(result => ({ ...result, ...(kept !== undefined && { kept }) })),
      renderDown,
    );
  }
}
