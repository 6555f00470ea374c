package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows/science"
)

// openTable reads a .csv of points, as `amgen sample` writes it: with names of columns or none, log_weight where points count
// differently, and of several times the last.
func openTable(path string, limit int) (*side, error) {
	points, err := science.ReadPoints(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	hash := sha256.New()
	f, err := os.Open(path) // a regular file, or it hadn't been read
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	if _, err := io.Copy(hash, f); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	cloud := eval.Cloud{Dim: points.Dim, X: points.X, Weights: relativeWeights(points.LogWeights)}
	if limit > 0 && limit < cloud.Len() {
		if cloud.Weights != nil {
			return nil, usagef("%s has points of different weights, and %d of its %d would be others; take all of them", path, limit, cloud.Len())
		}
		cloud = cloud.Spread(limit)
	}
	name := path
	if len(points.Notes) > 0 {
		name += " (" + strings.Join(points.Notes, "; ") + ")"
	}
	return &side{name: name, points: &cloud, hash: hex.EncodeToString(hash.Sum(nil)), count: cloud.Len()}, nil
}
