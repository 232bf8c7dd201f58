import { OsError } from '../../src/core/errors.ts';
import type { ContainerBody } from '../../src/engine/container-body.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type {
  ContainerDetails,
  ContainerSummary,
  ImageDetails,
  NetworkSummary,
  VolumeSummary,
} from '../../src/engine/objects.ts';

type Labels = Readonly<Record<string, string>>;

interface FakeContainer {
  id: string;
  name: string;
  body: ContainerBody;
  state: ContainerSummary['state'];
  exitCode: number;
  networks: Set<string>;
  createdAt: string;
  startedAt: string;
}

const hasLabels = (labels: Labels, wanted: Readonly<Record<string, string | undefined>>): boolean =>
  Object.entries(wanted).every(([name, value]) =>
    value === undefined ? name in labels : labels[name] === value,
  );

const bindsOf = (body: ContainerBody): string[] => [...(body.HostConfig.Binds ?? [])];

function portsOf(body: ContainerBody): ContainerSummary['ports'] {
  const bindings = body.HostConfig.PortBindings ?? {};
  return Object.entries(bindings).flatMap(([port, hosts]) => {
    const [privatePort = '', protocol = ''] = port.split('/');
    return hosts.map(({ HostPort }) => ({
      ...{ privatePort: Number(privatePort), publicPort: Number(HostPort), address: '0.0.0.0', protocol },
    }));
  });
}

/** An image that says nothing of itself. */
export const fakeImage = (id: string): ImageDetails => ({
  ...{ id, tags: [], labels: {}, volumes: [], exposedTcpPorts: [], workingDirectory: '', environment: {} },
  ...{ command: [], user: '', entrypoint: [], onBuild: [] },
});

/** An engine that keeps containers, networks and volumes in memory. What it has not learned to do fails the test. */
export class FakeEngine {
  readonly where = 'fake';
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Map<string, ImageDetails>();
  readonly networks = new Map<string, NetworkSummary>();
  readonly volumes = new Map<string, VolumeSummary>();
  /** Every call that changed something, in words. */
  readonly calls: string[] = [];
  /** Ids of images whose containers cannot be started. */
  readonly broken = new Set<string>();
  #count = 0;
  #timeMs = 0;

  /** Later than every time before. */
  #now(): string {
    this.#timeMs += 1;
    return new Date(this.#timeMs).toISOString();
  }

  addImage(reference: string, id = `sha256:${reference}`): void {
    this.images.set(reference, fakeImage(id));
  }

  /** As the interface; a method that is missing here throws when it is called. */
  asEngine(): Engine {
    return new Proxy(this as unknown as Engine, {
      get(target, key): unknown {
        const value: unknown = Reflect.get(target, key);
        if (value === undefined && typeof key === 'string')
          return () => {
            throw new Error(`the fake engine was not expected to ${key}`);
          };
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  #get(id: string): FakeContainer {
    const container = this.containers.get(id);
    if (container === undefined) throw new OsError('engine-missing', `no container ${id}`);
    return container;
  }

  listContainers(labels: Record<string, string | undefined>): Promise<ContainerSummary[]> {
    const found = [...this.containers.values()].filter(({ body }) => hasLabels(body.Labels, labels));
    return Promise.resolve(found.map(container => this.#summary(container)));
  }

  #summary({ id, name, body, state, exitCode, networks }: FakeContainer): ContainerSummary {
    return {
      ...{ id, name, state, image: body.Image, labels: body.Labels, createdS: 0 },
      ports: state === 'running' ? portsOf(body) : [],
      imageId: this.images.get(body.Image)?.id ?? '',
      status: state === 'exited' ? `Exited (${exitCode.toString()}) 1 second ago` : state,
      mounts: bindsOf(body).map(bind => {
        const [volume = '', destination = ''] = bind.split(':');
        return { type: 'volume', name: volume, destination };
      }),
      networks: [...networks],
      networkMode: '',
      addresses: [],
    };
  }

  getContainer(id: string): Promise<ContainerDetails> {
    const { name, state, exitCode, body, createdAt, startedAt } = this.#get(id);
    return Promise.resolve({
      ...{ id, name, state, exitCode, isOomKilled: false, error: '', restartCount: 0 },
      ...{ createdAt, startedAt },
      ...{
        health: null,
        healthOutput: '',
        isTty: false,
        stopTimeoutS: body.StopTimeout ?? null,
        environment: {},
        user: '',
        labels: body.Labels,
        mounts: [],
      },
    });
  }

  createContainer(name: string, body: ContainerBody): Promise<string> {
    if ([...this.containers.values()].some(it => it.name === name))
      throw new OsError('engine-conflict', `the name ${name} is taken`);
    if (!this.images.has(body.Image)) throw new OsError('engine-missing', `no image ${body.Image}`);
    this.#count += 1;
    const id = this.#count.toString(16).padStart(64, '0');
    const networks = new Set(Object.keys(body.NetworkingConfig?.EndpointsConfig ?? {}));
    this.containers.set(id, {
      id,
      name,
      body,
      state: 'created',
      exitCode: 0,
      networks,
      createdAt: this.#now(),
      startedAt: '0001-01-01T00:00:00Z',
    });
    this.calls.push(`create ${name}`);
    return Promise.resolve(id);
  }

  startContainer(id: string): Promise<void> {
    const container = this.#get(id);
    this.calls.push(`start ${container.name}`);
    if (this.broken.has(container.body.Image)) throw new OsError('engine-refused', 'no such program');
    const wanted = portsOf(container.body).map(({ publicPort }) => publicPort);
    const taken = [...this.containers.values()]
      .filter(({ id: other, state }) => other !== id && state === 'running')
      .flatMap(({ body }) => portsOf(body))
      .some(({ publicPort }) => wanted.includes(publicPort));
    if (taken) throw new OsError('engine-refused', 'port is already allocated');
    container.state = 'running';
    container.startedAt = this.#now();
    return Promise.resolve();
  }

  stopContainer(id: string): Promise<void> {
    const container = this.#get(id);
    container.state = 'exited';
    this.calls.push(`stop ${container.name}`);
    return Promise.resolve();
  }

  restartContainer(id: string): Promise<void> {
    const container = this.#get(id);
    container.startedAt = this.#now();
    this.calls.push(`restart ${container.name}`);
    return Promise.resolve();
  }

  unpauseContainer(id: string): Promise<void> {
    const container = this.#get(id);
    container.state = 'running';
    this.calls.push(`unpause ${container.name}`);
    return Promise.resolve();
  }

  renameContainer(id: string, name: string): Promise<void> {
    const container = this.#get(id);
    // As Docker does where it is between two starts.
    if (container.state === 'restarting' || container.state === 'running')
      throw new OsError('engine-refused', 'sandbox not found');
    if ([...this.containers.values()].some(it => it.name === name && it !== container))
      throw new OsError('engine-conflict', `the name ${name} is taken`);
    if (container.name === name)
      throw new OsError('engine-refused', 'Renaming a container with the same name as its current name');
    this.calls.push(`rename ${container.name} to ${name}`);
    container.name = name;
    return Promise.resolve();
  }

  removeContainer(id: string): Promise<void> {
    this.calls.push(`remove ${this.#get(id).name}`);
    this.containers.delete(id);
    return Promise.resolve();
  }

  findImage(reference: string): Promise<ImageDetails | undefined> {
    const image = this.images.get(reference);
    if (image === undefined) return Promise.resolve(undefined);
    const tags = [...this.images].filter(([, { id }]) => id === image.id).map(([name]) => name);
    return Promise.resolve({ ...image, tags });
  }

  tagImage(id: string, { repository, tag }: { repository: string; tag: string }): Promise<void> {
    this.addImage(`${repository}:${tag}`, id);
    return Promise.resolve();
  }

  removeImage(reference: string): Promise<void> {
    this.images.delete(reference);
    return Promise.resolve();
  }

  findNetwork(name: string): Promise<NetworkSummary | undefined> {
    return Promise.resolve(this.networks.get(name));
  }

  createNetwork(body: { Name: string; Labels?: Labels }): Promise<void> {
    this.networks.set(body.Name, { id: `id of ${body.Name}`, name: body.Name, labels: body.Labels ?? {} });
    this.calls.push(`create network ${body.Name}`);
    return Promise.resolve();
  }

  connectNetwork(network: string, id: string): Promise<void> {
    this.#get(id).networks.add(network);
    return Promise.resolve();
  }

  disconnectNetwork(network: string, id: string): Promise<void> {
    this.#get(id).networks.delete(network);
    return Promise.resolve();
  }

  removeNetwork(id: string): Promise<void> {
    for (const [name, network] of this.networks) if (network.id === id) this.networks.delete(name);
    this.calls.push('remove network');
    return Promise.resolve();
  }

  listNetworks(labels: Record<string, string | undefined>): Promise<NetworkSummary[]> {
    return Promise.resolve([...this.networks.values()].filter(it => hasLabels(it.labels, labels)));
  }

  listVolumes(labels: Record<string, string | undefined>): Promise<VolumeSummary[]> {
    return Promise.resolve([...this.volumes.values()].filter(it => hasLabels(it.labels, labels)));
  }

  removeVolume(name: string): Promise<void> {
    this.volumes.delete(name);
    this.calls.push(`remove volume ${name}`);
    return Promise.resolve();
  }

  findVolume(name: string): Promise<VolumeSummary | undefined> {
    return Promise.resolve(this.volumes.get(name));
  }

  createVolume(body: { Name: string; Labels: Labels }): Promise<VolumeSummary> {
    const volume = this.volumes.get(body.Name) ?? { name: body.Name, labels: body.Labels };
    this.volumes.set(body.Name, volume);
    this.calls.push(`create volume ${body.Name}`);
    return Promise.resolve(volume);
  }
}
