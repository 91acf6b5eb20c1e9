import { Controller, Inject, type Type } from '@nestjs/common';
import { EmptyRequest, type ServiceInfo, type ServiceName } from '@srvau/contracts';
import { Endpoint } from '@srvau/messaging';
import { SERVICE_INFO } from './tokens';

/** Controller of `srvau.<service>.info`. */
export function infoController(service: ServiceName): Type {
  @Controller()
  class InfoController {
    constructor(@Inject(SERVICE_INFO) private readonly current: () => ServiceInfo) {}

    @Endpoint({
      subject: `srvau.${service}.info`,
      request: EmptyRequest,
      summary: 'build, start time and job kinds of the process that answers',
    })
    info(): ServiceInfo {
      return this.current();
    }
  }
  return InfoController;
}
