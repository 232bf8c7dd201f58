/** The only door to dockerode. */
import type Docker from 'dockerode';
import type { Agent } from 'node:http';

/** A client whose connections `agent` makes. Nothing of the user's Docker environment reaches it. */
export async function openDockerode(agent: Agent, apiVersion: string): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode');
  // The constructor reads DOCKER_HOST and what belongs to it, even where every option is given.
  const { DOCKER_HOST: dockerHost } = process.env;
  delete process.env['DOCKER_HOST'];
  try {
    const options: Docker.DockerOptions & { agent: Agent } = {
      // The agent decides where this leads; a path spares the library its parsing of URLs.
      socketPath: 'engine',
      protocol: 'http',
      version: `v${apiVersion}`,
      agent,
    };
    return new Dockerode(options);
  } finally {
    if (dockerHost !== undefined) process.env['DOCKER_HOST'] = dockerHost;
  }
}
