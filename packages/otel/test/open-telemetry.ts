import type { Attributes } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { onTestFinished } from 'vitest'

/** A number, or a histogram with its count and sum. */
export interface Point {
  readonly attributes: Attributes
  readonly value: unknown
}

/** The SDK of OpenTelemetry, which keeps what it gets in memory. */
export function openTelemetry() {
  const spanExporter = new InMemorySpanExporter()
  const tracers = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
  })
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 1e9 })
  const meters = new MeterProvider({ readers: [reader] })
  onTestFinished(async () => {
    await Promise.all([tracers.shutdown(), meters.shutdown()])
  })
  const metrics = async (): Promise<MetricData[]> => {
    metricExporter.reset()
    await reader.forceFlush()
    return metricExporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  }
  /** Every data point of a metric. */
  const points = async (name: string): Promise<Point[]> =>
    (await metrics())
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as readonly Point[])
  const spans = (name?: string) =>
    spanExporter.getFinishedSpans().filter((span) => name === undefined || span.name === name)
  return { tracer: tracers.getTracer('test'), meter: meters.getMeter('test'), metrics, points, spans }
}
