// Read a log with golang.org/x/mod/sumdb, the library behind Go's checksum database, from a folder of plain files.
//
// Usage: log_reader VKEY DIR OLD-CHECKPOINT PROOF...
//
// It opens DIR/log/checkpoint and the older checkpoint with the verifier key, proves from the tiles that the one grew out
// of the other, proves each entry of the tiles to be in the tree, and checks each PROOF, a
// .tlog-proof file, against the checkpoint that it carries. Prints "ok SIZE OLD-SIZE"; exits 1 and names what it refuses.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func refuse(what string, err error) {
	fmt.Fprintf(os.Stderr, "refused: %s: %v\n", what, err)
	os.Exit(1)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		refuse(path, err)
	}
	return data
}

func open(path string, checkpoint []byte, verifiers note.Verifiers) tlog.Tree {
	opened, err := note.Open(checkpoint, verifiers)
	if err != nil {
		refuse(path, err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		refuse(path, fmt.Errorf("not a checkpoint"))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		refuse(path, err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		refuse(path, err)
	}
	return tlog.Tree{N: size, Hash: root}
}

// folder reads tiles where tlog-tiles puts them: tile/L/N of height 8, where Go says tile/8/L/N.
type folder string

func (dir folder) Height() int                         { return 8 }
func (dir folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (dir folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(string(dir), "log", path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

// entries returns the first size entries, from the bundles of 256.
func (dir folder) entries(size int64) [][]byte {
	var found [][]byte
	for bundle := int64(0); bundle*256 < size; bundle++ {
		width := size - bundle*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: 0, N: bundle, W: int(width)}
		path := "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/")
		data := read(filepath.Join(string(dir), "log", path))
		for len(data) > 0 {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				refuse(path, fmt.Errorf("cut short"))
			}
			length := int(binary.BigEndian.Uint16(data))
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	return found
}

// proof checks a .tlog-proof: an entry, its index and its path to the root of the checkpoint below them.
func (dir folder) proof(path string, verifiers note.Verifiers) {
	head, rest, _ := strings.Cut(string(read(path)), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		refuse(path, fmt.Errorf("not a tlog-proof"))
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		refuse(path, err)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		refuse(path, err)
	}
	hashes := tlog.RecordProof{}
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			refuse(path, err)
		}
		hashes = append(hashes, hash)
	}
	tree := open(path, []byte(rest), verifiers)
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		refuse(path, err)
	}
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		refuse("verifier key", err)
	}
	dir := folder(os.Args[2])
	verifiers := note.VerifierList(verifier)
	newest := filepath.Join(string(dir), "log", "checkpoint")
	tree := open(newest, read(newest), verifiers)
	old := open(os.Args[3], read(os.Args[3]), verifiers)
	hashes := tlog.TileHashReader(tree, dir)

	grown, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		refuse("tiles", err)
	}
	if err := tlog.CheckTree(grown, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		refuse("consistency", err)
	}
	entries := dir.entries(tree.N)
	if int64(len(entries)) != tree.N {
		refuse("entries", fmt.Errorf("%d for a tree of %d", len(entries), tree.N))
	}
	for index, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(index), hashes)
		if err != nil {
			refuse("tiles", err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), tlog.RecordHash(entry)); err != nil {
			refuse(fmt.Sprintf("entry %d", index), err)
		}
	}
	for _, path := range os.Args[4:] {
		dir.proof(path, verifiers)
	}
	fmt.Printf("ok %d %d\n", tree.N, old.N)
}
