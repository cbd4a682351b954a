package main

import (
	"fmt"
	"strings"
)

const (
	started   = "2026-01-05T09:30:00Z"
	nodes     = 100
	image     = "registry.example/shop/server:3.14.2"
	sidecar   = "registry.example/mesh/proxy:1.27.0"
	alphabet  = "bcdfghjklmnpqrstvwxz2456789"
	badEvery  = 97 // one pod in so many crashes, so that "worst first" has something to sort
	busyEvery = 13 // and one in so many has restarted
)

func (w workload) suffix(n int) string {
	var name strings.Builder
	for range n {
		name.WriteByte(alphabet[w.random.IntN(len(alphabet))])
	}
	return name.String()
}

func (w workload) pod(replicaSetUID, hash string) object {
	return object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{
			"name": w.name + "-" + hash + "-" + w.suffix(5), "namespace": w.namespace, "labels": w.podLabels(hash),
			"annotations": object{
				"prometheus.io/scrape": "true", "prometheus.io/port": "8080", "prometheus.io/path": "/metrics",
				"checksum/config": w.suffix(64),
			},
			"ownerReferences": []object{owner("ReplicaSet", w.name+"-"+hash, replicaSetUID)},
		},
		"spec": w.podSpec(fmt.Sprintf("node-%03d", w.random.IntN(nodes))),
	}
}

func (w workload) podSpec(node string) object {
	variable := func(name, value string) object { return object{"name": name, "value": value} }
	field := func(name, path string) object {
		return object{"name": name, "valueFrom": object{"fieldRef": object{"fieldPath": path}}}
	}
	probe := func(path string, period int) object {
		return object{"httpGet": object{"path": path, "port": "http"}, "periodSeconds": period, "timeoutSeconds": 2, "failureThreshold": 3}
	}
	server := object{
		"name": "server", "image": image, "imagePullPolicy": "IfNotPresent",
		"args":  []string{"--listen=:8080", "--config=/etc/server/config.yaml", "--log-format=json", "--shutdown-delay=5s"},
		"ports": []object{{"name": "http", "containerPort": 8080}, {"name": "grpc", "containerPort": 9090}},
		"env": []object{
			variable("SERVICE", w.name), variable("REGION", "eu-west-1"), variable("LOG_LEVEL", "info"),
			variable("DATABASE_HOST", "postgres."+w.namespace+".svc.cluster.local"), field("POD_NAME", "metadata.name"),
			{"name": "DATABASE_PASSWORD", "valueFrom": object{"secretKeyRef": object{"name": w.name, "key": "password"}}},
		},
		"resources":      object{"requests": object{"cpu": "100m", "memory": "256Mi"}, "limits": object{"memory": "512Mi"}},
		"readinessProbe": probe("/ready", 5), "livenessProbe": probe("/healthz", 10),
		"volumeMounts": []object{
			{"name": "config", "mountPath": "/etc/server", "readOnly": true}, {"name": "tmp", "mountPath": "/tmp"},
		},
	}
	proxy := object{
		"name": "mesh-proxy", "image": sidecar, "imagePullPolicy": "IfNotPresent",
		"args":         []string{"proxy", "sidecar", "--concurrency", "2"},
		"resources":    object{"requests": object{"cpu": "10m", "memory": "40Mi"}, "limits": object{"cpu": "500m", "memory": "128Mi"}},
		"volumeMounts": []object{{"name": "mesh-config", "mountPath": "/etc/mesh"}},
	}
	spec := object{
		"containers":                    []object{server, proxy},
		"terminationGracePeriodSeconds": 30,
		"automountServiceAccountToken":  false,
		"volumes": []object{
			{"name": "config", "configMap": object{"name": w.name}}, {"name": "tmp", "emptyDir": object{}},
			{"name": "mesh-config", "emptyDir": object{}},
		},
	}
	if node != "" {
		spec["nodeName"] = node
	}
	return spec
}

// podStatus is what a kubelet would have written; the index decides which pods are not well.
func (w workload) podStatus(index int) object {
	ready, restarts := "True", 0
	state := object{"running": object{"startedAt": started}}
	last := object{}
	reason := object{}
	if index%busyEvery == 0 {
		restarts = 1 + w.random.IntN(9)
		last = object{"terminated": object{"exitCode": 137, "reason": "OOMKilled", "startedAt": started, "finishedAt": started,
			"containerID": "containerd://" + w.suffix(64)}}
	}
	if index%badEvery == 0 {
		ready = "False"
		reason = object{"reason": "ContainersNotReady", "message": "containers with unready status: [server]"}
		state = object{"waiting": object{"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=server"}}
	}
	condition := func(kind, status string, more object) object {
		condition := object{"type": kind, "status": status, "lastTransitionTime": started, "observedGeneration": 1}
		for key, value := range more {
			condition[key] = value
		}
		return condition
	}
	container := func(name, image string, ready bool, restarts int, state, last object) object {
		return object{"name": name, "image": image, "imageID": strings.Split(image, ":")[0] + "@sha256:" + w.suffix(64), "ready": ready,
			"started": ready, "restartCount": restarts, "state": state, "lastState": last, "containerID": "containerd://" + w.suffix(64)}
	}
	address := fmt.Sprintf("10.%d.%d.%d", 64+w.random.IntN(60), w.random.IntN(256), 1+w.random.IntN(254))
	host := fmt.Sprintf("10.1.0.%d", 1+w.random.IntN(nodes))
	return object{
		"phase": "Running", "qosClass": "Burstable", "startTime": started, "observedGeneration": 1,
		"hostIP": host, "hostIPs": []object{{"ip": host}}, "podIP": address, "podIPs": []object{{"ip": address}},
		"conditions": []object{
			condition("PodReadyToStartContainers", "True", nil), condition("Initialized", "True", nil), condition("Ready", ready, reason),
			condition("ContainersReady", ready, reason), condition("PodScheduled", "True", nil),
		},
		"containerStatuses": []object{
			container("server", image, ready == "True", restarts, state, last),
			container("mesh-proxy", sidecar, true, 0, object{"running": object{"startedAt": started}}, object{}),
		},
	}
}
