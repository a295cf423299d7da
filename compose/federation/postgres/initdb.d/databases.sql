-- A database for each homeserver; encoding and collation come from the cluster.
CREATE DATABASE hs1 OWNER synapse;
CREATE DATABASE hs2 OWNER synapse;
CREATE DATABASE hs3 OWNER synapse;
CREATE DATABASE hs4 OWNER synapse;
CREATE DATABASE hs5 OWNER synapse;
CREATE DATABASE hs6 OWNER synapse;
