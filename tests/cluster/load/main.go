// Load fills an API server with pods that no kubelet runs, as they would look on a real cluster: Deployments that own
// ReplicaSets that own pods, written by several managers, with status. It speaks plain HTTP requests with JSON, many
// at once, to the one server that it is given, and ends when all is written.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

type client struct {
	http   *http.Client
	server string
}

func main() {
	server := flag.String("server", "", "URL of the API server")
	authority := flag.String("ca", "", "file of its certificate authority")
	certificate := flag.String("cert", "", "file of the client certificate")
	key := flag.String("key", "", "file of the client key")
	pods := flag.Int("pods", 10_000, "how many pods")
	namespaces := flag.Int("namespaces", 10, "over how many namespaces")
	writers := flag.Int("writers", 16, "requests at once")
	flag.Parse()

	began := time.Now()
	c, err := connect(*server, *authority, *certificate, *key, *writers)
	if err == nil {
		err = c.fill(*pods, *namespaces, *writers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	fmt.Printf("load: %d pods in %.1f s\n", *pods, time.Since(began).Seconds())
}

func connect(server, authority, certificate, key string, writers int) (*client, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(authority)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}},
		MaxIdleConnsPerHost: writers,
		ForceAttemptHTTP2:   true,
	}
	return &client{http: &http.Client{Transport: transport, Timeout: time.Minute}, server: server}, nil
}

// fill writes the namespaces, then the workloads, several at once, and gives back the first error.
func (c *client) fill(pods, namespaces, writers int) error {
	for n := range namespaces {
		namespace := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": namespaceName(n)}}
		if _, err := c.write(http.MethodPost, "/api/v1/namespaces", "ci-bot", namespace); err != nil {
			return err
		}
	}
	queue := make(chan workload)
	failed := make(chan error, writers)
	var running sync.WaitGroup
	for range writers {
		running.Go(func() {
			for w := range queue {
				if err := c.writeWorkload(w); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	var first error
	for _, w := range workloads(pods, namespaces) {
		select {
		case queue <- w:
			continue
		case first = <-failed:
		}
		break
	}
	close(queue)
	running.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return first
	}
}

func (c *client) writeWorkload(w workload) error {
	const controllers = "kube-controller-manager"
	apps := "/apis/apps/v1/namespaces/" + w.namespace
	hash := w.suffix(10)
	deployment, err := c.writeWithStatus(apps+"/deployments", "ci-bot", controllers, w.deployment(), w.deploymentStatus())
	if err != nil {
		return err
	}
	replicaSet, err := c.writeWithStatus(apps+"/replicasets", controllers, controllers, w.replicaSet(deployment, hash), w.replicaSetStatus())
	if err != nil {
		return err
	}
	for range w.pods {
		pod := w.pod(replicaSet, hash)
		_, err := c.writeWithStatus("/api/v1/namespaces/"+w.namespace+"/pods", controllers, "kubelet", pod, w.podStatus(w.random.IntN(1<<20)))
		if err != nil {
			return err
		}
	}
	return nil
}

// writeWithStatus creates an object, then writes its status as another manager, and gives back its uid.
func (c *client) writeWithStatus(path, creator, keeper string, body, status object) (string, error) {
	uid, err := c.write(http.MethodPost, path, creator, body)
	if err != nil {
		return "", err
	}
	name, _ := body["metadata"].(object)["name"].(string)
	_, err = c.write(http.MethodPatch, path+"/"+name+"/status", keeper, object{"status": status})
	return uid, err
}

func (c *client) write(method, path, manager string, body object) (string, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	request, err := http.NewRequest(method, c.server+path+"?fieldManager="+manager, bytes.NewReader(encoded))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode >= 300 {
		return "", fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	var written struct {
		Metadata struct{ UID string }
	}
	if err := json.Unmarshal(answer, &written); err != nil {
		return "", err
	}
	return written.Metadata.UID, nil
}
