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

// Open reads a file of tensors in any format that this package knows, which it tells by the first bytes: safetensors,
// or what torch.save wrote. See Read and ParsePyTorch for what is checked. Errors wrap [ErrCorrupt] for a file of
// neither format, and for a damaged one.
func Open(path string) (file File, format string, err error) {
	f, _, err := openRegular(path, "safetensors or PyTorch file")
	if err != nil {
		return file, "", err
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

// openRegular opens a file, of a kind that errors name, and tells its size. What is no regular file isn't opened: a pipe would
// wait for whoever writes to it.
func openRegular(path, kind string) (f *os.File, size int64, err error) {
	check := func(st os.FileInfo, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("weights: file, got %w; name a %s that can be read", err, kind)
		case st.IsDir():
			return fmt.Errorf("weights: file %s, got a directory; name a %s, of a run one that `amgen weights export` wrote", path, kind)
		case !st.Mode().IsRegular():
			return fmt.Errorf("weights: file %s, got none on a disk but %s; name a %s", path, st.Mode().Type(), kind)
		}
		return nil
	}
	if err := check(os.Stat(path)); err != nil {
		return nil, 0, err
	}
	if f, err = os.Open(path); err != nil {
		return nil, 0, check(nil, err)
	}
	st, err := f.Stat() // of what was opened, should another have come in its place
	if err = check(st, err); err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

// ReadManifest reads and verifies the manifest of the checkpoint in the folder path, and nothing else of it; hash is
// that of the whole checkpoint. Errors wrap [ErrCorrupt] for one that is damaged or not there.
func ReadManifest(path string) (m Manifest, hash string, err error) {
	return readManifest(filepath.Join(path, manifestFile))
}
