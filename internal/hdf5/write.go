package hdf5

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// Node is a group or an array to write, see [Write].
type Node struct {
	Attributes []Attribute
	Data       *Data    // of an array, nil of a group
	Members    []Member // of a group
}

// Attribute is one to write.
type Attribute struct {
	Name string
	Data Data
}

// Member is a node in a group.
type Member struct {
	Name string
	Node *Node
}

// Add puts a node into a group under a name, and returns it.
func (n *Node) Add(name string, child *Node) *Node {
	n.Members = append(n.Members, Member{name, child})
	return child
}

// Write writes a file with superblock 2, as HDF5 1.8 and later read it: groups that list their members in their
// headers, arrays without chunks, texts in heaps. It writes from the beginning to the end and takes memory for the
// headers and 16 bytes a text alone, the data are encoded block by block.
//
// Names and texts must be UTF-8 without a zero byte; a name has no slash, and is neither empty nor a dot. An attribute
// takes at most 64 KiB. The same nodes make the same bytes.
func Write(w io.Writer, root *Node) error {
	f := &writer{}
	if err := f.collect(root, ""); err != nil {
		return err
	}
	if err := f.place(); err != nil {
		return err
	}
	f.out = bufio.NewWriterSize(w, 1<<16)
	if err := f.write(); err != nil {
		return err
	}
	return f.out.Flush()
}

// writer lays a file out before it writes it: the superblock, all headers, the heaps of texts, the arrays.
type writer struct {
	nodes []*placed
	heap  textHeap
	end   uint64

	out *bufio.Writer
	at  uint64 // bytes written
}

// placed is a node with the addresses of its parts.
type placed struct {
	path       string
	node       *Node
	members    []*placed
	attributes [][]textPlace // of texts, nil of numbers
	texts      []textPlace
	header     uint64
	size       int // of the header
	data       uint64
}

const superblockSize = 48

// collect lists a node and what is below it, and gives texts their places in heaps.
func (f *writer) collect(n *Node, path string) error {
	_, err := f.collectNode(n, path)
	return err
}

func (f *writer) collectNode(n *Node, path string) (*placed, error) {
	p := &placed{path: path, node: n}
	f.nodes = append(f.nodes, p)
	for _, a := range n.Attributes {
		if err := checkName(a.Name, path); err != nil {
			return nil, err
		}
		texts, err := f.heap.take(a.Data, path+"@"+a.Name)
		if err != nil {
			return nil, err
		}
		p.attributes = append(p.attributes, texts)
	}
	if n.Data != nil {
		if len(n.Members) > 0 {
			return nil, fmt.Errorf("hdf5: %s is an array with members; make it a group or leave them out", shown(path))
		}
		var err error
		p.texts, err = f.heap.take(*n.Data, path)
		return p, err
	}
	seen := map[string]bool{}
	for _, m := range n.Members {
		if err := checkName(m.Name, path); err != nil {
			return nil, err
		}
		if seen[m.Name] {
			return nil, fmt.Errorf("hdf5: two objects %.80q in %s; give them different names", m.Name, shown(path))
		}
		seen[m.Name] = true
		child, err := f.collectNode(m.Node, strings.TrimPrefix(path+"/"+m.Name, "/"))
		if err != nil {
			return nil, err
		}
		p.members = append(p.members, child)
	}
	return p, nil
}

// checkName refuses a name that the format can't keep.
func checkName(name, path string) error {
	if name == "" || name == "." || strings.ContainsAny(name, "/\x00") || !utf8.ValidString(name) ||
		len(name) > math.MaxUint16/2 {
		return fmt.Errorf("hdf5: the name %.80q in %s, which HDF5 can't keep; give one in UTF-8 without slashes", name,
			shown(path))
	}
	return nil
}

// place gives everything its address.
func (f *writer) place() error {
	at := uint64(superblockSize)
	for _, p := range f.nodes {
		p.header = at
		header, err := f.header(p)
		if err != nil {
			return err
		}
		p.size = len(header)
		at += uint64(p.size)
	}
	at = f.heap.place(aligned(at))
	for _, p := range f.nodes {
		if p.node.Data == nil {
			continue
		}
		size, ok := p.node.Data.size()
		if !ok || size > math.MaxInt64-int(at)-8 {
			return fmt.Errorf("hdf5: an array of shape %v in %s; give a smaller one", p.node.Data.shape, shown(p.path))
		}
		if p.data = undefined; size > 0 {
			p.data = at
			at = aligned(at + uint64(size))
		}
	}
	f.end = at
	return nil
}

func aligned(at uint64) uint64 { return (at + 7) &^ 7 }

// write writes what was placed.
func (f *writer) write() error {
	block := []byte(Signature)
	block = append(block, 2, 8, 8, 0)
	for _, v := range []uint64{0, undefined, f.end, f.nodes[0].header} {
		block = binary.LittleEndian.AppendUint64(block, v)
	}
	if err := f.put(withChecksum(block)); err != nil {
		return err
	}
	for _, p := range f.nodes {
		header, err := f.header(p)
		if err != nil {
			return err
		}
		if err := f.put(header); err != nil {
			return err
		}
	}
	if err := f.pad(); err != nil {
		return err
	}
	if err := f.heap.write(f.put); err != nil {
		return err
	}
	for _, p := range f.nodes {
		if d := p.node.Data; d != nil && p.data != undefined {
			if err := d.write(f.put, f.heap.references(p.texts), p.path); err != nil {
				return err
			}
			if err := f.pad(); err != nil {
				return err
			}
		}
	}
	if f.at != f.end {
		return fmt.Errorf("hdf5: wrote %d bytes of %d", f.at, f.end)
	}
	return nil
}

func (f *writer) put(b []byte) error {
	n, err := f.out.Write(b)
	f.at += uint64(n)
	return err
}

func (f *writer) pad() error { return f.put(make([]byte, aligned(f.at)-f.at)) }

func withChecksum(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, lookup3(b)) }
