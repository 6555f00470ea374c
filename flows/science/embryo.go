package science

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strconv"
)

// EmbryoName is the name of the mouse embryos of [Guo et al. 2010]: 48 genes of 428 cells at six stages. The data set
// is under the GPL, and no part of the program: Options.Embryo names its file, which [EmbryoCSV] makes of an R
// package's.
//
// [Guo et al. 2010]: https://doi.org/10.1016/j.devcel.2010.02.012
const EmbryoName = "embryo"

// Size and hash of the file that Options.Embryo is to name.
const (
	EmbryoBytes  = 121479
	EmbryoSHA256 = "816760ed5bfea0878b25d6d53cbd6b9c044a8543afc52af6ce47fd06b78c759d"
)

const (
	embryoGenes = 48
	embryoCells = 428
)

const embryoHead = `# Single cells of mouse embryos from zygote to blastocyst: 48 genes by qPCR, 428 cells at the 2, 4, 8, 16, 32 and 64
# cell stages. time is log2 of the number of cells of the embryo; the others are normalised expressions.
# Guo et al., Resolution of cell fate decisions revealed by single-cell gene expression analysis from zygote to
# blastocyst, Developmental Cell 18 (2010), as normalised in the data set guo_norm of the Bioconductor package destiny
# (Angerer et al. 2016; Debian package r-bioc-destiny 3.12.0-1), copyright its authors, GPL; see README.md.
`

// EmbryoCSV makes the embryos' file of guo_norm.rda, as the Bioconductor package destiny 3.12.0 has it, or Debian's
// r-bioc-destiny in /usr/lib/R/site-library/destiny/data. Anything else is an error.
//
// It doesn't read all of R's format: it looks for the vectors that it wants, and the file's hash tells whether it has
// found them.
func EmbryoCSV(rda []byte) ([]byte, error) {
	wrong := func(err error) ([]byte, error) {
		return nil, fmt.Errorf("science: %s: %d bytes that aren't guo_norm.rda of destiny 3.12.0: %w", EmbryoName,
			len(rda), err)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(rda))
	if err != nil {
		return wrong(err)
	}
	data, err := io.ReadAll(io.LimitReader(zipped, 1<<20)) // it has 187 kB
	if err != nil {
		return wrong(err)
	}
	values, data := rVector(data, 14, embryoGenes*embryoCells, 8)
	names, data := rVector(data, 16, embryoGenes, 0)
	sizes, _ := rVector(data, 13, embryoCells, 4, 0, 0, 0, 2) // the first embryo has two cells
	if values == nil || names == nil || sizes == nil {
		return wrong(errors.New("no expressions, genes or stages"))
	}
	out := []byte(embryoHead + "time")
	for range embryoGenes {
		if len(names) < 8 || int(binary.BigEndian.Uint32(names[4:])) > len(names)-8 {
			return wrong(errors.New("the names of genes are cut"))
		}
		end := 8 + int(binary.BigEndian.Uint32(names[4:]))
		out = append(append(out, ','), names[8:end]...)
		names = names[end:]
	}
	for cell := range embryoCells {
		stage := bits.Len32(binary.BigEndian.Uint32(sizes[4*cell:])) - 1
		out = strconv.AppendInt(append(out, '\n'), int64(stage), 10)
		for gene := range embryoGenes {
			v := math.Float64frombits(binary.BigEndian.Uint64(values[8*(cell*embryoGenes+gene):]))
			out = fmt.Appendf(out, ",%.12g", v)
		}
	}
	out = append(out, '\n')
	if sum := sha256.Sum256(out); hex.EncodeToString(sum[:]) != EmbryoSHA256 {
		return wrong(errors.New("other values"))
	}
	return out, nil
}

// rVector finds a vector of R's binary format, big-endian: a type, a length and elements, which begin with the given
// bytes. It returns the elements, those of size 0 with all that follows, and what follows the vector's head; nil where
// there is none.
func rVector(data []byte, kind byte, length uint32, size int, begin ...byte) (elements, rest []byte) {
	head := append(binary.BigEndian.AppendUint32([]byte{kind}, length), begin...)
	at := bytes.Index(data, head)
	if at < 0 {
		return nil, nil
	}
	elements = data[at+5:]
	if size == 0 {
		return elements, elements
	}
	if len(elements) < size*int(length) {
		return nil, nil
	}
	return elements[:size*int(length)], elements
}
