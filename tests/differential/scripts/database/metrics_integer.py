#: SINCE 7.1
#: GET /my-metrics
#: GET /my-metrics
import orthanc

calls = 0


def my_metrics(output, uri, **request):
    global calls
    calls += 1
    orthanc.SetMetricsIntegerValue('script_calls', calls, orthanc.MetricsType.DEFAULT)
    orthanc.SetMetricsIntegerValue('script_large', 2 ** 40, orthanc.MetricsType.DEFAULT)
    lines = orthanc.RestApiGet('/tools/metrics-prometheus').decode().splitlines()
    output.AnswerBuffer('\n'.join(sorted(' '.join(line.split()[:2]) for line in lines if line.startswith('script_'))), 'text/plain')


orthanc.RegisterRestCallback('/my-metrics', my_metrics)
