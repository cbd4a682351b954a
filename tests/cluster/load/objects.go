package main

import (
	"fmt"
	"math/rand/v2"
)

type object = map[string]any

const podsPerDeployment = 10

// One workload: a Deployment, its ReplicaSet, and some pods. Nothing runs: each object is written in the state that
// the controllers would have brought it to.
type workload struct {
	namespace string
	name      string
	pods      int
	random    *rand.Rand
}

// workloads spreads the pods over the namespaces, ten to a Deployment; the same number gives the same objects.
func workloads(pods, namespaces int) []workload {
	random := rand.New(rand.NewPCG(1, uint64(pods)))
	var all []workload
	for made := 0; made < pods; made += podsPerDeployment {
		n := len(all)
		all = append(all, workload{
			namespace: namespaceName(n % namespaces),
			name:      fmt.Sprintf("%s-%03d", words[n%len(words)], n/len(words)),
			pods:      min(podsPerDeployment, pods-made),
			random:    rand.New(rand.NewPCG(random.Uint64(), uint64(n))),
		})
	}
	return all
}

var words = []string{"catalog", "search", "orders", "invoice", "ledger", "notify", "pricing", "stock", "session", "gateway"}

func namespaceName(n int) string { return fmt.Sprintf("team-%02d", n) }

func (w workload) labels() object {
	return object{
		"app.kubernetes.io/name":       w.name,
		"app.kubernetes.io/component":  "server",
		"app.kubernetes.io/part-of":    "shop",
		"app.kubernetes.io/managed-by": "ci-bot",
		"team":                         w.namespace,
	}
}

func (w workload) podLabels(hash string) object {
	labels := w.labels()
	labels["pod-template-hash"] = hash
	return labels
}

func (w workload) deployment() object {
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": object{
			"name": w.name, "namespace": w.namespace, "labels": w.labels(),
			"annotations": object{"deployment.kubernetes.io/revision": "1", "kubernetes.io/change-cause": "ci-bot: " + w.name + " 3.14.2"},
		},
		"spec": object{
			"replicas": w.pods,
			"selector": object{"matchLabels": object{"app.kubernetes.io/name": w.name}},
			"template": object{"metadata": object{"labels": w.labels()}, "spec": w.podSpec("")},
		},
	}
}

func (w workload) deploymentStatus() object {
	condition := func(kind, reason string) object {
		return object{"type": kind, "status": "True", "reason": reason, "lastUpdateTime": started, "lastTransitionTime": started,
			"message": "ReplicaSet has successfully progressed."}
	}
	return object{
		"observedGeneration": 1, "replicas": w.pods, "updatedReplicas": w.pods, "readyReplicas": w.pods, "availableReplicas": w.pods,
		"conditions": []object{condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable")},
	}
}

func (w workload) replicaSet(deploymentUID, hash string) object {
	return object{
		"apiVersion": "apps/v1", "kind": "ReplicaSet",
		"metadata": object{
			"name": w.name + "-" + hash, "namespace": w.namespace, "labels": w.podLabels(hash),
			"annotations":     object{"deployment.kubernetes.io/revision": "1", "deployment.kubernetes.io/desired-replicas": fmt.Sprint(w.pods)},
			"ownerReferences": []object{owner("Deployment", w.name, deploymentUID)},
		},
		"spec": object{
			"replicas": w.pods,
			"selector": object{"matchLabels": object{"app.kubernetes.io/name": w.name, "pod-template-hash": hash}},
			"template": object{"metadata": object{"labels": w.podLabels(hash)}, "spec": w.podSpec("")},
		},
	}
}

func (w workload) replicaSetStatus() object {
	return object{"observedGeneration": 1, "replicas": w.pods, "fullyLabeledReplicas": w.pods, "readyReplicas": w.pods, "availableReplicas": w.pods}
}

func owner(kind, name, uid string) object {
	return object{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true, "blockOwnerDeletion": true}
}
