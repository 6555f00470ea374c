// Package lenet holds two small classifiers of grey 28×28 images, one of handwritten digits and one of clothes, whose
// penultimate layer serves as features: distances between distributions of images can be had anywhere, at once and
// without a download, where the Inception network of the literature would have to be fetched first.
//
// The networks are in the manner of LeNet-5 (LeCun et al., Gradient-based learning applied to document recognition,
// Proc. IEEE 86, 1998). Their weights are part of the program. The command in the folder train made them, see
// `make lenet`; the metadata of the files say with what seed, steps and accuracy.
//
// A distance in these features compares with distances in the same network alone: [Network.Name] and [Network.Hash] go
// into every report. It is not the FID of the literature.
package lenet

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/weights"
)

// ErrUnknownDataset is wrapped by the error for a data set that no network was trained on.
var ErrUnknownDataset = errors.New("no network for this data set")

//go:embed mnist.safetensors
var mnist []byte

//go:embed fashion-mnist.safetensors
var fashionMNIST []byte

// embedded are the trained networks by the data set that they were trained on.
var embedded = map[string][]byte{
	"mnist":         mnist,
	"fashion-mnist": fashionMNIST,
}

// Datasets lists those that have a network, in alphabetical order.
func Datasets() []string { return slices.Sorted(maps.Keys(embedded)) }

// Network is a classifier with fixed weights. It is safe for concurrent use; calls take turns.
type Network struct {
	name, hash string
	metadata   map[string]string

	mu   sync.Mutex
	exec *context.Exec
}

// Open returns the network that was trained on the data set, one of [Datasets]; it runs on backend.
//
// The error for another data set wraps [ErrUnknownDataset].
func Open(backend backends.Backend, dataset string) (*Network, error) {
	data, ok := embedded[dataset]
	if !ok {
		return nil, fmt.Errorf("lenet: %w, got %q; choose one of %s, or take the features of another network",
			ErrUnknownDataset,
			dataset, strings.Join(Datasets(), ", "))
	}
	return Read(backend, dataset, data)
}

// Read returns the network whose weights are data, a safetensors file as [Model] names and shapes them. It is called
// "lenet-" and the data set.
//
// Errors wrap [weights.ErrCorrupt] for a file that is damaged, [weights.ErrArchitecture] for one of another network.
func Read(backend backends.Backend, dataset string, data []byte) (*Network, error) {
	file, err := weights.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("lenet: weights of %s: %w", dataset, err)
	}
	if err := checkWeights(file.Tensors); err != nil {
		return nil, fmt.Errorf("lenet: weights of %s: %w", dataset, err)
	}
	ctx := context.New()
	if err := weights.Install(ctx, file.Tensors); err != nil {
		return nil, fmt.Errorf("lenet: weights of %s: %w", dataset, err)
	}
	exec, err := context.NewExec(backend, ctx, Model)
	if err != nil {
		return nil, fmt.Errorf("lenet: network of %s: %w", dataset, err)
	}
	sum := sha256.Sum256(data)
	return &Network{name: "lenet-" + dataset, hash: hex.EncodeToString(sum[:]), metadata: file.Metadata, exec: exec},
		nil
}

// Name identifies the network in reports: "lenet-mnist", say.
func (n *Network) Name() string { return n.name }

// Hash is the SHA-256 of the file of weights, in hex.
func (n *Network) Hash() string { return n.hash }

// Dim is the dimension of a feature.
func (n *Network) Dim() int { return featureDim }

// Classes is the number of logits of an image.
func (n *Network) Classes() int { return classCount }

// Metadata says how the weights were trained: dataset, seed, steps, batch, learning_rate, test_accuracy.
func (n *Network) Metadata() map[string]string { return maps.Clone(n.metadata) }
