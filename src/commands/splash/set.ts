import { Args } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag } from '../../cli/flags/host-flags.ts';
import { changeHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { readOsVersion } from '../../host/os-version.ts';
import { readGivenFile } from '../../state/given-file.ts';
import { inspectPng } from '../../host/splash/png.ts';
import type { HostFiles } from '../../host/host-files.ts';
import { setSplash, type Splash } from '../../host/splash/splash-files.ts';
import { renderSplash } from '../../ui/host/splash.ts';

export default class SplashSet extends OsCommand {
  static override summary = 'replace the boot logo of a device or image';
  static override description = `Replaces the logo that a device shows while it boots, or will show (--on ./os.img), by a PNG file, which is checked by \
its bytes before anything is written. The logo of the OS is kept beside it. The new one is seen with the next boot.`;

  static override examples = ['<%= config.bin %> splash set logo.png --on mydevice'];

  static override args = { file: Args.string({ required: true, description: 'PNG file on this machine' }) };
  static override devices = 'on' as const;
  static override flags = { ...severalOnFlags, on: onSeveralFlag };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key, a read-only file system',
    7: 'the file is no PNG, or is damaged; nothing was written',
    9: 'out of space on the boot partition',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SplashSet);
    const { signal } = this;
    const picture = await readGivenFile(args.file);
    inspectPng(picture);
    const change = async (files: HostFiles): Promise<Splash> =>
      setSplash(files, picture, await readOsVersion(files, signal), signal);
    const splash = await changeHostTarget(flags.on, this, {
      onDevice: ({ files }) => change(files),
      onImage: change,
    });
    this.answer(splash, renderSplash);
  }
}
