import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag } from '../../cli/flags/host-flags.ts';
import { changeHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { readOsVersion } from '../../host/os-version.ts';
import type { HostFiles } from '../../host/host-files.ts';
import { resetSplash, type Splash } from '../../host/splash/splash-files.ts';
import { renderSplash } from '../../ui/host/splash.ts';

export default class SplashReset extends OsCommand {
  static override summary = 'bring back the boot logo of the OS';
  static override description = `Puts back the boot logo that \`os splash set\` replaced first. It is seen with the next boot.`;

  static override examples = ['<%= config.bin %> splash reset --on mydevice'];

  static override devices = 'on' as const;
  static override flags = { ...severalOnFlags, on: onSeveralFlag };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key, a read-only file system',
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SplashReset);
    const { signal } = this;
    const change = async (files: HostFiles): Promise<Splash> =>
      resetSplash(files, await readOsVersion(files, signal), signal);
    const splash = await changeHostTarget(flags.on, this, {
      onDevice: ({ files }) => change(files),
      onImage: change,
    });
    this.answer(splash, renderSplash);
  }
}
