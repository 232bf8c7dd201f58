import type { Engine } from '../engine/engine.ts';
import type { DesiredService } from './desired.ts';
import { composeLabels } from './labels.ts';

type Bindings = Readonly<Record<string, readonly { readonly HostPort: string }[]>>;

/** Who publishes already a port that `desired` wants to, and what can be done about it; undefined where nobody does. */
export async function findPortHolder(engine: Engine, desired: DesiredService): Promise<string | undefined> {
  const bindings = (desired.body.HostConfig['PortBindings'] ?? {}) as Bindings;
  const wanted = new Set(
    Object.entries(bindings).flatMap(([port, hosts]) =>
      hosts.map(({ HostPort }) => `${HostPort}/${port.split('/')[1] ?? 'tcp'}`),
    ),
  );
  if (wanted.size === 0) return undefined;
  const own = desired.body.Labels[composeLabels.project];
  for (const { name, labels, ports } of await engine.listContainers({})) {
    const held = ports.find(({ publicPort, protocol }) => wanted.has(`${String(publicPort)}/${protocol}`));
    if (held === undefined || name === desired.containerName) continue;
    const project = labels[composeLabels.project];
    const remedy =
      project === undefined
        ? 'publish another one'
        : project === own
          ? '--remove-orphans removes it, where no service is behind it'
          : `\`os down DEVICE --project ${project}\` takes it down`;
    return `port ${String(held.publicPort)} is published by ${name}: ${remedy}`;
  }
  return undefined;
}
