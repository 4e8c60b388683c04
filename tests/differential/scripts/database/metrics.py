#: UPLOAD CT
#: GET /my-metrics
import orthanc

received = 0


def on_stored(dicom, instance):
    global received
    received += 1
    orthanc.SetMetricsValue('script_received', received, orthanc.MetricsType.DEFAULT)
    orthanc.SetMetricsValue('script_size', float(dicom.GetInstanceSize()), orthanc.MetricsType.DEFAULT)


def my_metrics(output, uri, **request):
    orthanc.SetMetricsValue('script_timer', 12.5, orthanc.MetricsType.TIMER)
    lines = orthanc.RestApiGet('/tools/metrics-prometheus').decode().splitlines()
    output.AnswerBuffer('\n'.join(sorted(' '.join(line.split()[:2]) for line in lines if line.startswith('script_'))), 'text/plain')


orthanc.SetMetricsValue('script_started', 1, orthanc.MetricsType.DEFAULT)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterRestCallback('/my-metrics', my_metrics)
