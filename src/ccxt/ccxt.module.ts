import { Module } from '@nestjs/common';
import { SimulationsModule } from '../simulations/simulations.module.js';
import { CcxtController } from './ccxt.controller.js';
import { CcxtResolver } from './ccxt.resolver.js';
import { CcxtService } from './ccxt.service.js';

@Module({ imports: [SimulationsModule], controllers: [CcxtController], providers: [CcxtService, CcxtResolver] })
export class CcxtModule {}
