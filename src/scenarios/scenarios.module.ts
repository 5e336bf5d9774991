import { Module } from '@nestjs/common';
import { ScenariosController } from './scenarios.controller.js';
import { ScenariosResolver } from './scenarios.resolver.js';
import { ScenariosService } from './scenarios.service.js';

@Module({ controllers: [ScenariosController], providers: [ScenariosService, ScenariosResolver], exports: [ScenariosService] })
export class ScenariosModule {}
