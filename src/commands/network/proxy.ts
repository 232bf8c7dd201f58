import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { severalOnFlags } from '../../cli/flags/several-flags.ts';
import { onSeveralFlag } from '../../cli/flags/host-flags.ts';
import { readSecret } from '../../cli/terminal/read-secret.ts';
import { applyProxy, readProxy, writeProxy } from '../../cli/verbs/host/change-proxy.ts';
import { changeHostTarget, namesOf, openHostTarget } from '../../cli/verbs/host/open-host-target.ts';
import { OsError } from '../../core/errors.ts';
import { checkNoProxy, parseProxyUrl } from '../../host/network/proxy.ts';
import { renderProxy } from '../../ui/host/proxy.ts';

export default class NetworkProxy extends OsCommand {
  static override summary = 'show, set or remove the proxy of a device or image';
  static override description = `Has the OS redirect the TCP connections of a device, those of its containers too, to a proxy by redsocks: \
socks5, socks4, http-connect, http-relay. Private networks (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and others) are reached directly; \
--no-proxy adds more. Without a URL it shows the settings, never the password.`;

  static override examples = [
    '<%= config.bin %> network proxy --on mydevice',
    {
      description: 'through a SOCKS proxy',
      command: '<%= config.bin %> network proxy socks5://10.0.0.1:1080 --on mydevice',
    },
    {
      description: 'with a password, in an image',
      command:
        '<%= config.bin %> network proxy http-connect://me@proxy.example:8080 --password-file secret.txt --on ./os.img',
    },
    '<%= config.bin %> network proxy --remove --on mydevice',
  ];

  static override args = {
    url: Args.string({ description: 'TYPE://[USER@]HOST:PORT' }),
  };
  static override devices = 'on' as const;
  static override flags = {
    ...severalOnFlags,
    on: onSeveralFlag,
    'password-file': Flags.string({
      description: 'file on this machine that holds the password; - reads stdin',
      helpValue: 'FILE',
    }),
    'no-proxy': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'IPv4 address or network that is reached directly; repeatable; replaces the list',
      helpValue: 'NETWORK',
    }),
    remove: Flags.boolean({ description: 'connect directly again' }),
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key, a read-only file system',
    6: 'redsocks does not run with these settings',
    7: 'the proxy cannot be used; nothing was written',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NetworkProxy);
    const { signal } = this;
    const { url, remove } = { url: args.url, remove: flags.remove };
    if (url !== undefined && remove)
      throw new OsError('usage', '--remove takes no URL', { hint: 'give one of the two' });
    const noProxy = flags['no-proxy'];
    if (url === undefined && (noProxy !== undefined || flags['password-file'] !== undefined))
      throw new OsError('usage', 'no proxy is named', {
        hint: 'os network proxy socks5://10.0.0.1:1080 --no-proxy 203.0.113.0/24',
      });
    if (url === undefined && !remove) {
      await using target = await openHostTarget(flags.on, this);
      this.answer(
        { ...namesOf(target), ...(await readProxy(target.files, signal)), service: null },
        renderProxy,
      );
      return;
    }
    noProxy?.forEach(checkNoProxy);
    const file = flags['password-file'];
    const password = file === undefined ? undefined : await readSecret(file, 'password', signal);
    const proxy = url === undefined ? null : parseProxyUrl(url, password);
    const request = { proxy, noProxy };
    const changed = await changeHostTarget(flags.on, this, {
      onDevice: async device => {
        await writeProxy(device.files, request, signal);
        const service = await applyProxy(device.commands, signal);
        if (proxy !== null && service === 'failed')
          throw new OsError('service-failed', 'redsocks does not run with these settings', {
            hint: `\`os services ${device.name} redsocks --logs\` shows why; --remove takes them back`,
          });
        return { ...namesOf(device), ...(await readProxy(device.files, signal)), service };
      },
      onImage: async (files, names) => {
        await writeProxy(files, request, signal);
        return { ...names, ...(await readProxy(files, signal)), service: null };
      },
    });
    this.answer(changed, renderProxy);
  }
}
