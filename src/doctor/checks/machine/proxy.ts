import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

interface Input {
  readonly environment: Readonly<Partial<Record<string, string>>>;
  readonly address: string | null;
}

const names = ['http_proxy', 'https_proxy', 'all_proxy'] as const;

/** True if a list of exceptions (`NO_PROXY`) holds `address` itself or everything. CIDRs are what few programs know. */
const isExcepted = (list: string, address: string): boolean =>
  list
    .split(',')
    .map(entry => entry.trim())
    .some(entry => entry === '*' || entry === address);

/** A proxy in the environment: `os` asks devices directly, and docker with a context over TCP does not. */
export const proxy = machineCheck({
  id: 'proxy',
  title: 'proxy',
  read: async (machine, sources): Promise<Input> => ({
    environment: machine.environment,
    address: await sources.device().then(
      it => it.address,
      () => null,
    ),
  }),
  judge: ({ environment, address }: Input) => {
    // An empty variable is as good as none.
    const read = (name: string): string | undefined =>
      [environment[name], environment[name.toUpperCase()]].find(it => it !== undefined && it !== '');
    const set = names.filter(name => read(name) !== undefined);
    if (set.length === 0) return ok('none in the environment');
    const list = read('no_proxy') ?? '';
    const spelt = set.map(name => (environment[name] ? name : name.toUpperCase())).join(', ');
    if (address !== null && isExcepted(list, address)) return ok(`${spelt} set, the device excepted`);
    return warning(
      `${spelt} set: \`os\` reaches devices directly, but docker, curl and editors ask the proxy`,
      `except the device: export NO_PROXY=${[...(list === '' ? [] : [list]), address ?? 'ADDRESS'].join(',')}`,
    );
  },
});
