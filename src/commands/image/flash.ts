import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { configurationFlags, readConfigurationFlags } from '../../cli/flags/image-flags.ts';
import { drivePrompts } from '../../cli/terminal/drive-prompts.ts';
import { sudoLineFor } from '../../cli/terminal/sudo-line.ts';
import { openDriveSystem } from '../../cli/verbs/image/drive-systems.ts';
import { planConfiguration } from '../../cli/verbs/image/configure-image.ts';
import { flashEach } from '../../cli/verbs/image/flash-each.ts';
import { flashImage, type FlashDependencies } from '../../cli/verbs/image/flash-image.ts';
import { readConfiguration, type ConfigurationText } from '../../cli/verbs/image/read-configuration.ts';
import { systemClock } from '../../core/clock.ts';
import { openFlashReporter } from '../../ui/image/flash-reporter.ts';
import { JsonEvents } from '../../ui/json-events.ts';
import { notePlain } from '../../ui/output.ts';

export default class ImageFlash extends OsCommand {
  static override summary = 'write an image to a card or another drive';
  static override description = `Writes an image, as it is or compressed by gzip, xz, zip or zstd, to one or several
drives, and reads it back from the drive itself to make sure. The first MiB is written
last: a drive whose flash was interrupted or has failed does not boot.

Refused before anything is opened for writing: drives that this system runs from,
swaps to or has mounted in its own directories, parts of a RAID, of LUKS or of LVM,
the drive that the image lies on, drives that are too small, and images without a
partition table. What a desktop has mounted from a card is unmounted after the
confirmation.

Settings, as those of \`os image configure\`, become part of what is written and verified; the
image file stays as it is.

With \`--each\` every line of a CSV file is a device with a card of its own; its columns are
those of \`os image configure --each\`. The first devices go to the drives that are named, the
others to the cards that take their places: take one out when it is done, put the next in.
Another drive that turns up in the place of a reader is written to only after a question,
whatever \`--yes\` and \`--confirm\` say.

\`--yes\` answers the confirmation of cards and sticks. A drive that is not removable is
written to only where its name is typed, or given by \`--confirm\`.`;

  static override examples = [
    { description: 'pick a drive', command: 'sudo <%= config.bin %> image flash os.img.xz' },
    {
      description: 'two cards at once, for a script',
      command: 'sudo <%= config.bin %> image flash os.img.gz --drive /dev/sdb --drive /dev/sdc --yes --json',
    },
    {
      description: 'with settings',
      command: 'sudo <%= config.bin %> image flash os.img.xz --drive /dev/sdb --hostname kitchen',
    },
    {
      description: 'one card after the other in a reader, each with settings of its own',
      command: 'sudo <%= config.bin %> image flash os.img.xz --drive /dev/sdb --each devices.csv --yes',
    },
    {
      description: 'write only what has changed',
      command: 'sudo <%= config.bin %> image flash os.img --drive /dev/sdb --delta',
    },
  ];

  static override args = {
    image: Args.string({ description: 'image file', required: true }),
  };

  static override flags = {
    ...configurationFlags,
    drive: Flags.string({ char: 'd', multiple: true, description: 'drive to write to, such as /dev/sdb' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask before a removable drive is overwritten' }),
    confirm: Flags.string({
      multiple: true,
      helpValue: 'NAME',
      description: 'name of a drive that is not removable, such as sda, which is overwritten',
    }),
    delta: Flags.boolean({ description: 'read the drive, and write only what differs' }),
    bmap: Flags.string({
      helpValue: 'FILE',
      description: 'block map of the image; by default one that lies beside it',
      exclusive: ['no-bmap'],
    }),
    'no-bmap': Flags.boolean({ description: 'write all of the image, whatever block map lies beside it' }),
    each: Flags.string({
      helpValue: 'CSV',
      description: 'flash a card for each device of a list, drive after drive',
      dependsOn: ['drive'],
    }),
    skip: Flags.integer({
      min: 1,
      description: 'number of devices at the start of the list that are done',
      dependsOn: ['each'],
    }),
    'no-verify': Flags.boolean({ description: 'do not read the drive back' }),
  };

  static override exitStatus = {
    2: 'usage, a drive that is refused, or one that needs root or an answer',
    3: 'there is no such drive',
    7: 'the image or its block map is damaged, or is not an image',
    8: 'the drive is in use',
    9: 'the image is larger than the drive',
    10: 'the drive was removed, reports an error, or does not hold what was written',
  };

  protected override jsonShape = 'events' as const;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImageFlash);
    const { output, signal } = this;
    const given = await readConfigurationFlags(flags);
    const planPatches =
      given === undefined || flags.each !== undefined ? undefined : await patchesOf(given, signal);
    {
      using reporter = openFlashReporter(output);
      const dependencies = {
        drives: openDriveSystem(process.platform),
        clock: systemClock,
        signal,
        report: reporter.report,
        note: (text: string) => {
          notePlain(output, text);
        },
        questions: drivePrompts(signal),
        sudoLine: (drives: readonly string[]) =>
          sudoLineFor(process.argv, flags.drive === undefined ? drives : []),
      };
      const bmap = flags.bmap === undefined ? ('beside' as const) : { path: flags.bmap };
      const request = {
        path: args.image,
        drives: flags.drive ?? [],
        isYes: flags.yes,
        confirmed: flags.confirm ?? [],
        verifies: !flags['no-verify'],
        isDelta: flags.delta,
        bmap: flags['no-bmap'] ? ('none' as const) : bmap,
      };
      if (flags.each !== undefined)
        await flashEach(dependencies, {
          ...request,
          list: flags.each,
          common: given ?? {},
          skip: flags.skip ?? 0,
        });
      else await flashImage({ ...dependencies, ...(planPatches && { planPatches }) }, request);
    }
    if (output.mode === 'json') new JsonEvents(output).report({ type: 'done' });
  }
}

/** Plans the changes of the settings in the image that is written. */
async function patchesOf(
  text: ConfigurationText,
  signal: AbortSignal,
): Promise<NonNullable<FlashDependencies['planPatches']>> {
  const configuration = await readConfiguration(text);
  return async source =>
    (await planConfiguration(source, configuration, { signal, now: () => new Date() })).patches;
}
