#: CONFIG {"OrthancPeers": {"north": ["$WEB/", "alice", "secret"], "south": {"Url": "http://127.0.0.1:1/", "Username": "bob", "Region": "EU"}}}
#: GET /my-peers
#: PUT /peers/east -d '{"Url": "http://127.0.0.1:2/"}'
#: PRINTED peers have changed
#: GET /my-peers
import json
import orthanc


def my_peers(output, uri, **request):
    peers = orthanc.GetPeers()
    found = {}
    for i in range(peers.GetPeersCount()):
        found[peers.GetPeerName(i)] = [peers.GetPeerUrl(i), peers.GetPeerUserProperty(i, 'Region'), peers.GetPeerUserProperty(i, 'None')]
    try:
        peers.GetPeerName(peers.GetPeersCount())
    except orthanc.OrthancException as e:
        found['beyond'] = type(e).__name__
    output.AnswerBuffer(json.dumps(found, sort_keys=True), 'application/json')


def on_change(change, level, resource):
    if change == orthanc.ChangeType.UPDATED_PEERS:
        print('peers have changed', repr(resource))


orthanc.RegisterRestCallback('/my-peers', my_peers)
orthanc.RegisterOnChangeCallback(on_change)
