"""Sends the same spans and log records with every exporter of the OpenTelemetry SDK for Python: HTTP_PORT GRPC_PORT."""

import sys

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode
from grpc import Compression as GrpcCompression

http_port, grpc_port = sys.argv[1:3]
resource = Resource.create({"service.name": "python", "numbers": [1, 2], "deployed": True})
memory = InMemorySpanExporter()
provider = TracerProvider(resource=resource)
provider.add_span_processor(SimpleSpanProcessor(memory))
tracer = provider.get_tracer("scope", "1.0", attributes={"team": "ml"})
link = Link(SpanContext(trace_id=1, span_id=2, is_remote=True), {"why": "batch"})
for n in range(200):
    with tracer.start_as_current_span(
        f"operation {n % 5}",
        kind=SpanKind.SERVER,
        links=[link],
        attributes={"n": n, "half": n / 2, "yes": n % 2 == 0, "text": "ä€🐦", "list": ["a", "b"], "large": 2**62 + n, "empty": ""},
    ) as span:
        span.add_event("happened", {"attempt": n})
        if n % 7 == 0:
            span.set_status(Status(StatusCode.ERROR, "broken"))
    with tracer.start_as_current_span(
        "score",
        attributes={
            "ml.model.name": "fraud",
            "ml.model.version": "py",
            "ml.prediction.id": f"span-{n}",
            "ml.prediction.score": n / 200,
            "ml.feature.amount": n,
            "ml.feature.known": True,
            "ml.feature.country": "DE",
            "ml.feature.vector": [0.5, n],
            "ml.tag.region": "EU",
        },
    ):
        pass
spans = memory.get_finished_spans()

records = InMemoryLogRecordExporter()
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(SimpleLogRecordProcessor(records))
logger = logs.get_logger("scope")
for n in range(100):
    logger.emit(
        LogRecord(
            timestamp=spans[0].start_time,
            severity_number=SeverityNumber.INFO,
            body="scored",
            attributes={
                "ml.model.name": "fraud",
                "ml.model.version": "py",
                "ml.prediction.id": f"log-{n}",
                "ml.prediction.decision": "approve",
                "ml.feature.amount": n,
            },
        )
    )
lines = records.get_finished_logs()

http = f"http://127.0.0.1:{http_port}/v1"
grpc = f"127.0.0.1:{grpc_port}"
for place, exporter in enumerate(
    [
        GrpcSpans(endpoint=grpc, insecure=True),
        GrpcSpans(endpoint=grpc, insecure=True, compression=GrpcCompression.Gzip),
        HttpSpans(endpoint=f"{http}/traces"),
        HttpSpans(endpoint=f"{http}/traces", compression=Compression.Gzip),
    ]
):
    # A body alike another is not stored again: the order differs.
    print("spans", exporter.export(spans[place:] + spans[:place]).name)
    exporter.shutdown()
for exporter in [
    GrpcLogs(endpoint=grpc, insecure=True),
    HttpLogs(endpoint=f"{http}/logs", compression=Compression.Gzip),
]:
    print("logs", exporter.export(lines).name)
    exporter.shutdown()
