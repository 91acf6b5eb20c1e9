import { Controller } from '@nestjs/common';
import {
  EmptyRequest,
  type ListPluginsReply,
  LoadPluginRequest,
  PluginIdRequest,
  type PluginStatus,
  SUBJECTS,
  type UnloadPluginReply,
} from '@srvau/contracts';
import { Endpoint } from '@srvau/messaging';
import { PluginControl } from './plugin-control';

/** `srvau.reward.plugins`, `.load`, `.reload` and `.unload` */
@Controller()
export class PluginsController {
  constructor(private readonly control: PluginControl) {}

  @Endpoint({
    subject: SUBJECTS.rewardPlugins,
    request: EmptyRequest,
    summary: 'the loaded plugins: versions, options, health',
  })
  list(): ListPluginsReply {
    return { plugins: this.control.list(), unloaded: this.control.unloaded() };
  }

  @Endpoint({
    subject: SUBJECTS.rewardLoad,
    request: LoadPluginRequest,
    summary: 'loads a plugin on every replica, where the configuration allows it',
  })
  load(request: LoadPluginRequest): Promise<PluginStatus> {
    return this.control.load(request);
  }

  @Endpoint({
    subject: SUBJECTS.rewardReload,
    request: PluginIdRequest,
    summary: 'runs the code of a plugin as it is on disk now; batches under way finish on the old code',
  })
  reload({ id }: PluginIdRequest): Promise<PluginStatus> {
    return this.control.reload(id);
  }

  @Endpoint({
    subject: SUBJECTS.rewardUnload,
    request: PluginIdRequest,
    summary: 'unloads a plugin on every replica; batches under way are finished',
  })
  async unload({ id }: PluginIdRequest): Promise<UnloadPluginReply> {
    await this.control.unload(id);
    return { id, unloaded: true };
  }
}
