package weights

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Names of the formats that Open tells apart.
const (
	FormatSafetensors = "safetensors"
	FormatPyTorch     = "pytorch"
)

// Open reads a file of tensors in any format that this package knows, which it tells by the first bytes: safetensors, or
// what torch.save wrote. See Read and ParsePyTorch for what is checked.
func Open(path string) (file File, format string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return file, "", fmt.Errorf("weights: file, got %w; name one that can be read", err)
	}
	head := make([]byte, 4)
	n, err := io.ReadFull(f, head)
	f.Close()
	if err != nil && n == 0 {
		return file, "", fmt.Errorf("weights: %w: file %s, got %w; name a safetensors or PyTorch file", ErrCorrupt, path, err)
	}
	// The length that a safetensors file begins with would be 68 MB or 2 GB of header if it began like these.
	if bytes.HasPrefix(head[:n], []byte("PK\x03\x04")) || head[0] == 0x80 && n > 1 && head[1] >= 2 && head[1] <= 5 && (n < 3 || head[2] == 0x8a) {
		file.Tensors, err = ReadPyTorchFile(path)
		return file, FormatPyTorch, err
	}
	file, err = ReadFile(path)
	return file, FormatSafetensors, err
}

// ReadManifest reads and verifies the manifest of the checkpoint in the folder path, and nothing else of it; hash is that
// of the whole checkpoint.
func ReadManifest(path string) (m Manifest, hash string, err error) {
	return readManifest(filepath.Join(path, manifestFile))
}
